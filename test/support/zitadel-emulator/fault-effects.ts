// Applies a fault to one request, whichever protocol the request came by.
import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import { ApiError } from "./api-error.ts";
import type { Fault } from "./faults.ts";
import { namedFailure } from "./named-failures.ts";
import type { PauseBook } from "./pause-book.ts";

/** One request on the server's side, in the steps that a fault may come between. */
export interface FaultTarget {
  /** Serves the request, commit included; the answer is kept back. Never throws. */
  perform(): Promise<void>;
  /** Sends the answer that `perform` kept. */
  answer(): void;
  fail(error: ApiError): void;
  answerHttp(
    status: number,
    body: string,
    headers: { "content-type"?: string; "retry-after"?: string },
  ): void;
  destroyConnection(): void;
  resetStream(errorCode: number): void;
  goAway(errorCode: number): void;
}

const HTTP2_INTERNAL_ERROR = 2;
const INVALID_GRANT = '{"error":"invalid_grant","error_description":"invalid assertion"}';

export async function applyFault(
  fault: Fault,
  target: FaultTarget,
  pauses: PauseBook,
): Promise<void> {
  const serve = async () => {
    await target.perform();
    target.answer();
  };

  switch (fault.kind) {
    case "grpc":
      return target.fail(statusOf(fault));
    case "commit-then-status":
      await target.perform();
      return target.fail(statusOf(fault));
    case "http":
      if (fault.commit) await target.perform();
      return target.answerHttp(fault.status, fault.body ?? `HTTP ${fault.status}`, {
        "content-type": fault.contentType ?? "text/plain",
        ...(fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) }),
      });
    case "delay":
      if (fault.at === "after") await target.perform();
      await delay(fault.ms);
      if (fault.at !== "after") await target.perform();
      return target.answer();
    case "hang":
      if (fault.commit) await target.perform();
      return;
    case "commit-then-drop":
      await target.perform();
      return target.destroyConnection();
    case "drop-before-commit":
      return target.destroyConnection();
    case "rst":
      if (fault.at === "after") await target.perform();
      return target.resetStream(fault.errorCode ?? HTTP2_INTERNAL_ERROR);
    case "goaway":
      if (fault.commit !== false) await target.perform();
      target.goAway(fault.errorCode ?? 0);
      if (!fault.errorCode && fault.commit !== false) return target.answer();
      await nextTurn(); // the frame is written at the end of this turn
      await nextTurn();
      return target.destroyConnection();
    case "pause":
      if (fault.at === "after") await target.perform();
      await pauses.hold(fault.name);
      return fault.at === "after" ? target.answer() : serve();
    case "invalid-grant":
      return target.answerHttp(400, INVALID_GRANT, { "content-type": "application/json" });
    case "no-token":
      return target.answerHttp(200, '{"token_type":"Bearer"}', {
        "content-type": "application/json",
      });
    case "garbage-json":
      return target.answerHttp(200, '{"access_token":', { "content-type": "application/json" });
    default:
      return target.fail(namedFailure(fault.kind, fault.message));
  }
}

function statusOf(fault: {
  readonly code: number;
  readonly id?: string;
  readonly message?: string;
  readonly detail?: boolean;
}): ApiError {
  const text = fault.message ?? "Errors.Internal";
  if (fault.detail === false && fault.id !== undefined) {
    return new ApiError(fault.code, null, `${text} (${fault.id})`);
  }
  const id = fault.id ?? (fault.detail ? "" : null);
  return new ApiError(fault.code, id, text);
}
