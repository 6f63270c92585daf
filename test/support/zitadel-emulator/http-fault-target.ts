// One HTTP request as the steps a fault can come between; also the normal way to answer it.
import type { ServerResponse } from "node:http";
import { GrpcCode } from "./api-error.ts";
import type { LoggedCall } from "./call-log.ts";
import type { EmulatorState } from "./emulator-state.ts";
import type { FaultTarget } from "./fault-effects.ts";
import { plainAnswer, type HttpAnswer } from "./http-answer.ts";
import { asHttpAnswer } from "./instance-lookup.ts";
import { dateHeader } from "./server-date.ts";
import { blocked } from "./token-endpoint.ts";

export function httpFaultTarget(
  state: EmulatorState,
  response: ServerResponse,
  call: LoggedCall,
  perform: () => Promise<HttpAnswer>,
): FaultTarget {
  let answer: HttpAnswer = plainAnswer(500, "answered before it was served");

  const send = ({ status, contentType, body, cookie }: HttpAnswer, retryAfter?: string) => {
    if (response.destroyed || response.headersSent) return;
    response
      .writeHead(status, {
        "content-type": contentType,
        "cache-control": "no-store",
        ...dateHeader(state),
        ...(cookie === undefined ? {} : { "set-cookie": cookie }),
        ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
      })
      .end(body);
  };
  const destroyConnection = () => void response.socket?.destroy();
  return {
    destroyConnection,
    resetStream: destroyConnection,
    goAway: destroyConnection,
    async perform() {
      answer = await perform().catch((error: unknown) => plainAnswer(500, String(error)));
      call.outcome = `HTTP ${answer.status}`;
    },
    answer: () => send(answer),
    /** Only a block, a quota and the look-up of the instance reach HTTP as the server's own failures. */
    fail: (error) =>
      send(error.code === GrpcCode.resourceExhausted ? blocked() : asHttpAnswer(error)),
    answerHttp(status, body, headers) {
      call.outcome ??= `HTTP ${status}`;
      const contentType = headers["content-type"] ?? "text/plain";
      send({ status, body, contentType }, headers["retry-after"]);
    },
  };
}
