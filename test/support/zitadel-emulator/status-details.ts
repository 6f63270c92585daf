// Encodes google.rpc.Status with Zitadel's error detail for the grpc-status-details-bin trailer.
import { BinaryWriter } from "@bufbuild/protobuf/wire";
import { ErrorDetail } from "@zitadel/node/dist/api/generated/zitadel/message.js";
import type { ApiError } from "./api-error.ts";

const V1_DETAIL = "type.googleapis.com/zitadel.v1.ErrorDetail";
const V2_DETAIL = "type.googleapis.com/zitadel.error.v2.ErrorDetail";

/** Null when the failure carries no detail (validation, missing header, instance lookup). */
export function encodeStatusDetails(error: ApiError): string | null {
  if (error.id === null) return null;
  const isSlug = error.id.includes(".");
  const detail = isSlug
    ? new BinaryWriter().uint32(10).string(error.id).uint32(18).string(error.text).finish()
    : ErrorDetail.encode({ id: error.id, message: error.text }).finish();
  const any = new BinaryWriter()
    .uint32(10)
    .string(isSlug ? V2_DETAIL : V1_DETAIL)
    .uint32(18)
    .bytes(detail)
    .finish();
  const status = new BinaryWriter()
    .uint32(8)
    .int32(error.code)
    .uint32(18)
    .string(error.message)
    .uint32(26)
    .bytes(any)
    .finish();
  return Buffer.from(status).toString("base64").replace(/=+$/, "");
}
