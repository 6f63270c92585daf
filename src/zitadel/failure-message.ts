// Writes the message of a refusal: our own words, code and ID; of the server's text only a field and rule of
// its validation.
const GRPC_NAMES = [
  "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
  "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
  "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
]; // prettier-ignore

const INVALID_ARGUMENT = 3;

/** @param fault see `RpcFault` */
export function failureMessage(
  fault: { readonly grpcCode: number; readonly errorId: string | null; readonly details: string },
  text: string,
): string {
  const { grpcCode, errorId, details } = fault;
  const violation = grpcCode === INVALID_ARGUMENT ? innermostViolation(details) : null;
  const what = violation === null ? text : `${text}: ${violation}`;
  const name = GRPC_NAMES[grpcCode] ?? `gRPC code ${grpcCode}`;
  return `Zitadel: ${what} (${errorId === null ? name : `${name}, ${errorId}`})`;
}

const RULE =
  "value (?:is required|must be a valid email address|length must be (?:between \\d+ and \\d+|at least \\d+|at most \\d+) (?:runes|bytes)(?:, inclusive)?)";
const VIOLATION = new RegExp(
  `^invalid ([A-Za-z_]{1,60}(?:\\.[A-Za-z_]{1,60}(?:\\[\\d{1,5}\\])?){1,5}): (${RULE})`,
);

/**
 * protoc-gen-validate nests: "invalid CreateUserRequest.Human: embedded message failed validation | caused
 * by: … | caused by: invalid SetHumanProfile.GivenName: value length must be …". Text of another form
 * is not repeated, because it may quote what was sent.
 */
function innermostViolation(details: string): string | null {
  const [, field, rule] =
    details
      .split(" | caused by: ")
      .map((part) => VIOLATION.exec(part))
      .findLast((found) => found !== null) ?? [];
  return field === undefined ? null : `${field}: ${rule}`;
}
