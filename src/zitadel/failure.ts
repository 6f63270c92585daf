// Reads an error of Zitadel: its meaning for the job and for the run.
//
// It never uses the text, which Zitadel translates. A database error can have the same ID as a taken
// username.
import { failure, type Failure } from "../domain/failure.ts";
import { failureMessage } from "./failure-message.ts";
import {
  ADDRESS,
  BY_ERROR_ID,
  BY_GRPC_CODE,
  CALLER,
  type FailureClass,
  type Row,
} from "./refusals.ts";
import { FROM_A_KNOWN_ADDRESS, NOT_READY_ROW } from "./refusals-at-known-address.ts";

export interface Verdict {
  readonly class: FailureClass;
  readonly failure: Failure;
}

/** An answer that is not OK, with what was received. */
export interface RpcFault {
  readonly grpcCode: number;
  /** From the error detail, or from the end of the message; null if the answer contains none. */
  readonly errorId: string | null;
  /** The status text. Used only if grpc-js wrote it, or if it has the form of protoc-gen-validate. */
  readonly details: string;
  readonly retryAfterMs: number | null;
  /** The address has worked before: what looks like a wrong setting is an outage. */
  readonly knownAddress?: boolean;
  /** The address answered a run within the last day, of this organization or another. */
  readonly addressOnRecord?: boolean;
  /** The key or token that was used, and where it was sent, as shown to people. */
  readonly caller?: string;
  readonly address?: string;
  /** Zitadel reports that it cannot reach its database. Checked if `isDoubtful`. */
  readonly notReady?: boolean;
}

export function classify(fault: RpcFault): Verdict {
  const row =
    byClientText(fault) ??
    byDoubt(fault) ??
    (fault.errorId === null ? undefined : BY_ERROR_ID[fault.errorId]) ??
    BY_GRPC_CODE[fault.grpcCode] ??
    (["ambiguous", "unknown", "an unknown status"] as const);
  const [failureClass, code, text] = row;
  return {
    class: failureClass,
    failure: failure(code, failureMessage(fault, named(text, fault)), {
      grpcCode: fault.grpcCode,
      zitadelErrorId: fault.errorId,
    }),
  };
}

function named(text: string, { caller, address }: RpcFault): string {
  return text
    .replace(CALLER, caller ?? "the key or token")
    .replace(ADDRESS, address ?? "ZITADEL_API_URL");
}

/** An error that may mean a failing database of Zitadel or a wrong setting. */
export function isDoubtful(fault: RpcFault): boolean {
  return fromAKnownAddress(fault) !== undefined;
}

function byDoubt(fault: RpcFault): Row | undefined {
  const { knownAddress, addressOnRecord, errorId, notReady } = fault;
  // Another run's success proves nothing about this run's organization, or about a proxy for gRPC.
  const onRecord = addressOnRecord === true && errorId === null && !isProxyAnswer(fault);
  if (knownAddress === true || onRecord) return fromAKnownAddress(fault);
  return notReady === true ? NOT_READY_ROW : undefined;
}

function fromAKnownAddress({ grpcCode, errorId, details }: RpcFault): Row | undefined {
  const http = httpStatus(details);
  if (http !== null) return FROM_A_KNOWN_ADDRESS[`HTTP ${http}`];
  return FROM_A_KNOWN_ADDRESS[errorId === null ? `${grpcCode}` : `${grpcCode}/${errorId}`];
}

/** Not a job's fault, and every job would meet the same until an operator acts. */
export function isOperatorsFault(failureClass: FailureClass): boolean {
  return ["refused", "unauthenticated", "unimplemented"].includes(failureClass);
}

/** Not a job's fault, and it passes without help. */
export function isOutage(failureClass: FailureClass): boolean {
  return failureClass === "unreached" || failureClass === "unproven";
}

const UNIMPLEMENTED = 12;

/** The server is too old or too new for the call. Since v4 it answers HTTP 404, as a proxy does. */
export function isUnimplemented({ grpcCode }: RpcFault): boolean {
  return grpcCode === UNIMPLEMENTED;
}

/** grpc-js writes this if an answer has an HTTP status but no gRPC status. */
export function isProxyAnswer({ details }: RpcFault): boolean {
  return httpStatus(details) !== null;
}

/** A proxy's 401, 403 or 404: for every call, or for the content of this one. */
export function isProxyRefusal({ details }: RpcFault): boolean {
  return [401, 403, 404].includes(httpStatus(details) ?? 0);
}

/** Texts of grpc-js itself, about proxies and its own state; they are not Zitadel's. */
function byClientText({ grpcCode, details }: RpcFault): Row | undefined {
  const http = httpStatus(details);
  if (http === 429) return ["rate-limited", "rate_limited", "HTTP 429 Too Many Requests"];
  if (http === 401 || http === 403) {
    const what = `a proxy in front of it answered HTTP ${http}: check that proxy, and ZITADEL_API_URL`;
    return [http === 401 ? "unauthenticated" : "refused", "internal", what];
  }
  if (grpcCode === 14 && http !== null) {
    return ["ambiguous", "unavailable", `a proxy answered HTTP ${http}`];
  }
  if (grpcCode === 2 && http !== null) return noGrpc(`HTTP ${http}`);
  // A web page whose first bytes were read as a message length: Zitadel's own answers are short.
  if (grpcCode === 8 && details.startsWith("Received message larger than")) {
    return noGrpc("HTTP 200");
  }
  if (grpcCode === 14 && /^(No connection established|Name resolution failed)/.test(details)) {
    return ["unreached", "unavailable", "no connection: check ZITADEL_URL and ZITADEL_API_URL"];
  }
  if (grpcCode === 8 && details.startsWith("Attempted to send message larger than")) {
    return ["permanent", "invalid_argument", "the message is too large"];
  }
  return undefined;
}

function noGrpc(answered: string): Row {
  return ["ambiguous", "unknown", `${answered} without gRPC, as from a proxy in between`];
}

function httpStatus(details: string): number | null {
  const [, status] = /^Received HTTP status code (\d{3})/.exec(details) ?? [];
  return status === undefined ? null : Number(status);
}
