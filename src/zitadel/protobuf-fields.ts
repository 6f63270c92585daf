// Reads single fields of a protobuf message whose codec is missing, or takes long to load.
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

/**
 * The values of a field that holds a string, bytes or a message.
 * @throws if the bytes are not a message
 */
export function lengthDelimited(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (field === wanted && wireType === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(wireType);
  }
  return found;
}
