// One gRPC call as the steps a fault can come between; also the normal way to answer it.
import { constants, type ServerHttp2Stream } from "node:http2";
import { ApiError, GrpcCode } from "./api-error.ts";
import type { LoggedCall } from "./call-log.ts";
import type { EmulatorState } from "./emulator-state.ts";
import type { FaultTarget } from "./fault-effects.ts";
import { answerError, answerMessage, answerPlainHttp } from "./grpc-stream.ts";
import type { RpcOutcome } from "./rpc-server.ts";
import type { EmulatorSettings } from "./settings.ts";
import { dateHeader } from "./server-date.ts";

export function rpcFaultTarget(parts: {
  readonly state: EmulatorState;
  readonly stream: ServerHttp2Stream;
  readonly call: LoggedCall;
  readonly perform: () => Promise<RpcOutcome>;
  /** Called just before anything is answered. */
  readonly settle: () => void;
  readonly destroyConnection: () => void;
}): FaultTarget {
  const { state, stream, call } = parts;
  let outcome: RpcOutcome | null = null;

  const fail = (original: ApiError) => {
    const error = asSent(original, state.settings);
    call.outcome = labelOf(error);
    parts.settle();
    answerError(stream, error, dateHeader(state));
  };
  return {
    fail,
    destroyConnection: parts.destroyConnection,
    async perform() {
      outcome = await parts.perform();
      call.outcome = outcome instanceof ApiError ? labelOf(outcome) : "OK";
    },
    answer() {
      if (outcome === null) throw new Error("a call is answered before it was performed");
      if (outcome instanceof ApiError) return fail(outcome);
      parts.settle();
      answerMessage(stream, outcome, dateHeader(state));
    },
    answerHttp(status, body, headers) {
      call.outcome ??= `HTTP ${status}`;
      parts.settle();
      answerPlainHttp(stream, status, headers, body);
    },
    resetStream(errorCode) {
      stream.close(errorCode);
    },
    goAway(errorCode) {
      const { session } = stream;
      if (!session || session.destroyed) return;
      session.goaway(errorCode); // names the last stream that arrived: none is disowned
      if (errorCode === constants.NGHTTP2_NO_ERROR) session.close();
    },
  };
}

/** `v4` sends what is no error of its own, such as a push timeout, without any detail. */
function asSent(error: ApiError, { profile, slugs }: EmulatorSettings): ApiError {
  if (profile === "v4" && error.code === GrpcCode.unknown && error.id === "") {
    return new ApiError(error.code, null, error.text);
  }
  const slug = error.id === null ? undefined : slugs[error.id];
  return slug === undefined ? error : new ApiError(error.code, slug, error.text);
}

function labelOf(error: ApiError): string {
  return `${error.code} ${error.id ?? ""}`.trim();
}
