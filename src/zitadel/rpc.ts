// One gRPC channel to Zitadel for all methods.
import {
  Client,
  connectivityState,
  logVerbosity,
  Metadata,
  setLogVerbosity,
  status,
  type ServiceError,
} from "@grpc/grpc-js";
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import { nameOfProxy } from "../egress-proxy.ts";
import { IdentityUnavailable } from "../errors.ts";
import type { Secret } from "../secret.ts";
import { channelCredentials, throughProxy, tlsName } from "./channel-options.ts";
import { zitadelErrorId } from "./error-detail.ts";
import { tracedCall } from "./traced-call.ts";
import type { Tracer } from "../tracing.ts";
import type { RpcFault } from "./failure.ts";
import { inspectCertificate } from "./login/certificate.ts";
import { parseRetryAfter } from "./login/http.ts";
import {
  findMethod,
  type Method,
  type MethodName,
  type ReplyOf,
  type RequestOf,
} from "./methods.ts";

export type Reply<M extends MethodName> =
  { ok: true; value: ReplyOf<M> } | { ok: false; fault: RpcFault };

export interface ZitadelRpc {
  /** @throws IdentityUnavailable if no connection can be opened */
  waitUntilConnected(): Promise<void>;
  /** Never throws for what the server or the network answers. */
  call<M extends MethodName>(
    method: M,
    request: RequestOf<M>,
    token: Secret,
    orgId: string | null,
  ): Promise<Reply<M>>;
  close(): void;
}

export function openZitadelRpc(config: ZitadelConfig, tracer: Tracer): ZitadelRpc {
  const url = new URL(config.apiUrl);
  const port = url.port === "" ? (url.protocol === "https:" ? "443" : "80") : url.port;
  const address = `${url.hostname}:${port}`;
  const proxy = config.apiProxy;
  // It would print a proxy's refusal to stderr at once; we report it ourselves.
  if (proxy !== null) setLogVerbosity(logVerbosity.NONE);
  const target = proxy === null ? address : proxy.origin.slice("http://".length);
  const client = new Client(target, channelCredentials(config), {
    // By default, grpc-js waits up to two minutes after a lost connection, and every call fails in that time.
    "grpc.initial_reconnect_backoff_ms": 500,
    "grpc.max_reconnect_backoff_ms": 5000,
    "grpc.keepalive_time_ms": 20_000,
    "grpc.keepalive_timeout_ms": 10_000,
    // It repeats a call once if the server reports that it did not begin it, as nginx does when it reloads or
    // ends a connection after `keepalive_requests`. Any other retry would need a service config.
    "grpc.enable_retries": 1,
    // Its own reading of the environment ignores upper case, and its exceptions differ from curl's.
    "grpc.enable_http_proxy": 0,
    ...(proxy === null ? {} : throughProxy(proxy, address)),
    "grpc.service_config_disable_resolution": 1,
    ...tlsName(config),
    // Zitadel, and perhaps a gateway, finds the instance by this name: without the port of https, as in HTTP.
    "grpc.default_authority": new URL(config.issuer).host,
  });

  return {
    waitUntilConnected: () => waitUntilConnected(client, config),
    call: async (name, request, token, orgId) => {
      const method = await findMethod(name);
      const target = { "server.address": url.hostname, "server.port": Number(port) };
      return tracedCall(tracer, method, target, (traceparent) => {
        const metadata = callMetadata(token, orgId, traceparent);
        return unaryCall(client, method, request, metadata, config.timeoutMs);
      });
    },
    close: () => client.close(),
  };
}

function callMetadata(token: Secret, orgId: string | null, traceparent: string | null): Metadata {
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${token.reveal()}`);
  // Zitadel reads the organization's password policy from this header, not from the request.
  if (orgId !== null) metadata.set("x-zitadel-orgid", orgId);
  if (traceparent !== null) metadata.set("traceparent", traceparent);
  return metadata;
}

/** The client's own wait retries a refused connection until its deadline; this one does not. */
async function waitUntilConnected(client: Client, config: ZitadelConfig): Promise<void> {
  const channel = client.getChannel();
  const deadline = Date.now() + config.timeoutMs;
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return;
    const failed = state === connectivityState.TRANSIENT_FAILURE;
    if (failed || state === connectivityState.SHUTDOWN) break;
    const changed = new Promise<boolean>((resolve) => {
      channel.watchConnectivityState(state, deadline, (error) => resolve(error === undefined));
    });
    if (!(await changed)) break;
  }
  // grpc-js does not report its reason: a handshake of our own finds an error of the certificate or the
  // proxy.
  if (config.apiUrl.startsWith("https:")) {
    await inspectCertificate(
      config.apiUrl,
      config.extraCa,
      Math.min(config.timeoutMs, 5000),
      config.apiProxy,
    );
  }
  const through = config.apiProxy === null ? "" : ` through ${nameOfProxy(config.apiProxy)}`;
  throw new IdentityUnavailable(
    `Zitadel is unreachable at ${config.apiUrl}${through}: no gRPC connection. Check ZITADEL_URL and ZITADEL_API_URL.`,
  );
}

function unaryCall<M extends MethodName>(
  client: Client,
  { path, encode, decode }: Method<M>,
  request: RequestOf<M>,
  metadata: Metadata,
  timeoutMs: number,
): Promise<Reply<M>> {
  return new Promise((resolve) => {
    let retryAfter: string | undefined;
    const call = withoutStack(() =>
      client.makeUnaryRequest(
        path,
        encode,
        decode,
        request,
        metadata,
        { deadline: Date.now() + timeoutMs },
        (error, value) => {
          if (error === null && value !== undefined) resolve({ ok: true, value });
          else resolve({ ok: false, fault: readFault(error, retryAfter) });
        },
      ),
    );
    // A proxy's Retry-After comes with its headers; the error's trailers are empty then.
    call.on("metadata", (headers) => {
      retryAfter = headers.get("retry-after")[0]?.toString();
    });
  });
}

/** For each call the client notes the stack, in case it fails: work that nobody would read. */
function withoutStack<T>(call: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function readFault(error: ServiceError | null, retryAfter: string | undefined): RpcFault {
  const details = error?.details ?? "";
  const [statusDetails] = error?.metadata?.get("grpc-status-details-bin") ?? [];
  const inTrailer = error?.metadata?.get("retry-after")[0]?.toString();
  return {
    grpcCode: error?.code ?? status.UNKNOWN,
    errorId: zitadelErrorId(statusDetails instanceof Buffer ? statusDetails : null, details),
    details,
    retryAfterMs: parseRetryAfter(retryAfter ?? inTrailer),
  };
}
