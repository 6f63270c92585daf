// Finds Zitadel's error ID in the trailers of a gRPC answer.
import { lengthDelimited } from "./protobuf-fields.ts";
import { errorIdInText } from "./error-text.ts";

const V1_DETAIL = "type.googleapis.com/zitadel.v1.ErrorDetail";
/** v5 sends this one; its ID is a dotted slug. */
const V2_DETAIL = "type.googleapis.com/zitadel.error.v2.ErrorDetail";

/** Only text of this form is stored and printed as an ID. */
const ID_FORM = /^[\w.-]{1,100}$/;

/**
 * @param statusDetails `grpc-status-details-bin`: a google.rpc.Status, whose codec `@zitadel/node` 3.0.28
 * does not ship. Both details have the ID in field 1.
 * @param text the status message, which ends with the ID even if a proxy dropped the trailer, and contains it
 * as `ID=…` if Zitadel fails before it knows its instance
 */
export function zitadelErrorId(statusDetails: Uint8Array | null, text: string): string | null {
  const [, inText = ""] = /\(([\w.-]+)\)$/.exec(text.slice(-110)) ?? [];
  const plausible = ID_FORM.test(inText) && inText.includes("-");
  return fromDetails(statusDetails) ?? (plausible ? inText : errorIdInText(text));
}

function fromDetails(statusDetails: Uint8Array | null): string | null {
  if (statusDetails === null) return null;
  try {
    for (const any of lengthDelimited(statusDetails, 3)) {
      const [type] = lengthDelimited(any, 1);
      const [value] = lengthDelimited(any, 2);
      if (type === undefined || value === undefined) continue;
      if (![V1_DETAIL, V2_DETAIL].includes(new TextDecoder().decode(type))) continue;
      const [id] = lengthDelimited(value, 1);
      const text = id === undefined ? "" : new TextDecoder().decode(id);
      if (ID_FORM.test(text)) return text;
    }
  } catch {
    // If a detail does not decode, the text may still end with the ID.
  }
  return null;
}
