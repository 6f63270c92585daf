// Takes one gRPC call from its stream to its answer: log, faults, then the steps of the server.
import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { setTimeout as delay } from "node:timers/promises";
import { ApiError, errors, GrpcCode, rawFailure } from "./api-error.ts";
import { callContext, type CallContext } from "./call-context.ts";
import type { CalledMethod, LoggedCall } from "./call-log.ts";
import type { EmulatorState } from "./emulator-state.ts";
import { instanceFailure } from "./instance-lookup.ts";
import { applyFault } from "./fault-effects.ts";
import { answerError, answerPlainHttp, readMessage } from "./grpc-stream.ts";
import { rpcFaultTarget } from "./rpc-fault-target.ts";
import { decodeRequest, rpcNameOf, type RpcRequest } from "./rpc-methods.ts";
import type { EmulatorSettings } from "./settings.ts";
import { dateHeader } from "./server-date.ts";

export type RpcOutcome = Uint8Array | ApiError;

export async function serveRpc(
  state: EmulatorState,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  destroyConnection: () => void,
): Promise<void> {
  const path = headers[":path"] ?? "";
  const name = rpcNameOf(path);
  if (name === null) {
    stream.resume();
    return answerPlainHttp(stream, 404, { "content-type": "text/plain" }, "404 page not found\n");
  }

  const { run, life } = state;
  const settle = run.calls.enter(name);
  stream.once("close", settle);
  const body = await readMessage(stream).catch(() => null);
  const request = body && decodeOrNull(() => decodeRequest(name, body, state.settings));
  if (!request) {
    const error = new ApiError(GrpcCode.invalidArgument, null, "unmarshal message");
    return answerError(stream, error, dateHeader(state));
  }

  const authority = instanceHost(headers);
  const orgHeader = single(headers["x-zitadel-orgid"]) ?? null;
  const { userId, username } = request;
  const traceparent = single(headers["traceparent"]) ?? null;
  const asked = { method: name, userId, username, authority, orgHeader, traceparent };
  const call = run.calls.begin(asked);
  const perform = () => outcomeOf({ state, run, life }, request, call, headers.authorization);
  const target = rpcFaultTarget({ state, stream, call, perform, settle, destroyConnection });

  const fault = run.faults.take(call, "grpc");
  if (fault) {
    call.fault = fault.kind;
    return applyFault(fault, target, run.pauses);
  }
  await target.perform();
  target.answer();
}

/** The steps in Zitadel's order: routing, host, block, token, organization and role, quota, command. */
async function outcomeOf(
  server: Omit<CallContext, "contextOrgId">,
  request: RpcRequest,
  call: LoggedCall,
  authorization: string | undefined,
): Promise<RpcOutcome> {
  const { state } = server;
  const { settings } = state;
  try {
    if (isUnknown(call.method, settings)) throw errors.methodUnknown(call.method);
    if (settings.latencyMs > 0) await delay(settings.latencyMs);
    const lost = instanceFailure(state, call.authority);
    if (lost) throw lost;
    if (settings.instanceBlocked) throw errors.instanceBlocked();
    state.tokens.require(authorization, state.now());
    if (!settings.serviceAccountActive) throw errors.tokenInvalid();
    const context = callContext(server, call.orgHeader, request.requestedOrg);
    request.authorize?.(context);
    if (settings.quotaExhausted) throw errors.quotaExhausted();
    return await request.handle(context);
  } catch (error) {
    return error instanceof ApiError ? error : rawFailure(String(error));
  }
}

function isUnknown(method: CalledMethod, settings: EmulatorSettings): boolean {
  if (method === "CreateUser" && !settings.features.createUser) return true;
  return settings.unknownMethods.some((unknown) => unknown === method);
}

/** The header that Zitadel trusts for the instance's host, else the authority of the call. */
function instanceHost(headers: IncomingHttpHeaders): string {
  return single(headers["x-zitadel-instance-host"]) ?? headers[":authority"] ?? headers.host ?? "";
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function decodeOrNull(decode: () => RpcRequest): RpcRequest | null {
  try {
    return decode();
  } catch {
    return null;
  }
}
