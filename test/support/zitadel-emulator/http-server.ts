// The HTTP/1.1 side of the public port: discovery, the token endpoint and readiness, with log and faults.
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { CalledMethod } from "./call-log.ts";
import { discoveryDocument } from "./discovery.ts";
import type { EmulatorState } from "./emulator-state.ts";
import { applyFault } from "./fault-effects.ts";
import type { HttpAnswer } from "./http-answer.ts";
import { httpFaultTarget } from "./http-fault-target.ts";
import { asHttpAnswer, instanceFailure } from "./instance-lookup.ts";
import { readiness } from "./readiness.ts";
import { blocked, issueToken } from "./token-endpoint.ts";

export async function serveHttp(
  state: EmulatorState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = endpointOf(request);
  if (!method) {
    request.resume();
    response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
    return;
  }
  const { run } = state;
  const authority = request.headers.host ?? "";
  const traceparent = request.headers["traceparent"]?.toString() ?? null;
  const asked = { method, userId: "", username: "", authority, orgHeader: null, traceparent };
  const call = run.calls.begin(asked);
  const form = text(request);
  form.catch(() => undefined);
  const target = httpFaultTarget(state, response, call, () =>
    answerOf(state, method, authority, form),
  );

  const fault = run.faults.take(call, "http");
  if (fault) {
    call.fault = fault.kind;
    return applyFault(fault, target, run.pauses);
  }
  await target.perform();
  target.answer();
}

async function answerOf(
  state: EmulatorState,
  method: HttpMethod,
  authority: string,
  form: Promise<string>,
): Promise<HttpAnswer> {
  if (state.settings.latencyMs > 0) await delay(state.settings.latencyMs);
  if (method === "ready") return readiness(state.settings);
  const lost = instanceFailure(state, authority);
  if (lost) return asHttpAnswer(lost);
  if (state.settings.instanceBlocked) return blocked();
  const origin = state.settings.externalOrigin ?? `http://${authority}`;
  if (method === "discovery") return discoveryDocument(origin, state.settings.discovery);
  return issueToken(state, origin, new URLSearchParams(await form));
}

type HttpMethod = Extract<CalledMethod, "token" | "discovery" | "ready">;

function endpointOf({ method, url }: IncomingMessage): HttpMethod | null {
  if (method === "GET" && url === "/.well-known/openid-configuration") return "discovery";
  if (method === "POST" && url === "/oauth/v2/token") return "token";
  if (method === "GET" && url === "/debug/ready") return "ready";
  return null;
}
