// A gRPC call as a span, by OpenTelemetry's conventions for RPC.
import { status } from "@grpc/grpc-js";
import type { Attributes, Tracer } from "../tracing.ts";
import type { RpcFault } from "./failure.ts";
import type { Method, MethodName } from "./methods.ts";
import type { Reply } from "./rpc.ts";

/** @param call gets the trace context to send; null if nothing is traced */
export function tracedCall<M extends MethodName>(
  tracer: Tracer,
  { path }: Method<M>,
  target: Attributes,
  call: (traceparent: string | null) => Promise<Reply<M>>,
): Promise<Reply<M>> {
  const method = path.slice(1);
  const attributes = { "rpc.system.name": "grpc", "rpc.method": method, ...target };
  return tracer.call(method, attributes, async (span) => {
    const reply = await call(span.traceparent);
    const code = reply.ok ? "OK" : nameOf(reply.fault);
    span.set({ "rpc.status_code": code });
    if (reply.ok) return reply;
    span.fail(code);
    const { errorId } = reply.fault;
    if (errorId !== null) span.set({ "zitadel.error_id": errorId });
    return reply;
  });
}

function nameOf({ grpcCode }: RpcFault): string {
  return status[grpcCode] ?? String(grpcCode);
}
