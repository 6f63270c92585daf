// Reads CreateUserRequest.metadata (field 6), which newer servers know and the client's types do not.
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { Metadata } from "@zitadel/node/dist/api/generated/zitadel/metadata/v2/metadata.js";

export type RootMetadata = readonly Metadata[];

const METADATA_TAG = (6 << 3) | 2;

export function readRootMetadata(message: Uint8Array): RootMetadata {
  const reader = new BinaryReader(message);
  const entries: Metadata[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === METADATA_TAG) entries.push(Metadata.decode(reader, reader.uint32()));
    else reader.skip(tag & 7);
  }
  return entries;
}
