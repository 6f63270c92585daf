// A logged-in connection to one organization of Zitadel: token, pace and channel behind one `call`.
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import {
  IdentityRateLimited,
  IdentityRefused,
  IdentityUnavailable,
  IdentityUnproven,
} from "../errors.ts";
import type { Secret } from "../secret.ts";
import { NO_TRACES, type Tracer } from "../tracing.ts";
import { createPace } from "./pace.ts";
import { classify, isDoubtful, isOperatorsFault, type RpcFault } from "./failure.ts";
import { isNotReady, readiness } from "./login/readiness.ts";
import type { ZitadelMemory } from "./memory.ts";
import type { MethodName, RequestOf } from "./methods.ts";
import { NO_SUCH_USER } from "./refusals.ts";
import { openZitadelRpc, type Reply } from "./rpc.ts";
import { createTokenSource } from "./login/token.ts";

export interface ZitadelSession {
  /**
   * Only fetches the token, which `connect` does, too.
   * @throws as `connect`
   */
  logIn(): Promise<void>;
  /** @throws IdentityUnavailable, IdentityRefused or IdentityRateLimited */
  connect(): Promise<void>;
  /**
   * Repeated once with a new token if Zitadel refuses the first one, and once if it does not see our
   * membership yet.
   * @throws as fetching a token does; answers of Zitadel are returned
   */
  call<M extends MethodName>(method: M, request: RequestOf<M>): Promise<Reply<M>>;
  /** Whether discovery or the user service has answered. */
  hasAnswered(): boolean;
  /** Known only after `connect`. */
  orgId(): string;
  close(): void;
}

export function openZitadelSession(
  config: ZitadelConfig,
  memory: ZitadelMemory,
  tracer: Tracer = NO_TRACES,
): ZitadelSession {
  const { credentials } = config;
  const caller =
    credentials.kind === "key" ? `key ${credentials.keyId}` : "the token of ZITADEL_TOKEN";
  const pace = createPace(config.callsPerSecond);
  const closing = new AbortController();
  let knownAddress = false;
  let loggedIn = false;
  const isAddressKnown = async () => knownAddress || (await memory.isAddressKnown());
  const http = { ...config, closed: closing.signal, tracer };
  const tokens = createTokenSource(http, pace, {
    ...memory,
    isAddressKnown,
  });
  const rpc = openZitadelRpc(config, tracer);
  let orgId = config.orgId;

  async function call<M extends MethodName>(method: M, request: RequestOf<M>): Promise<Reply<M>> {
    const token = await tokens.token();
    const reply = await callOnce(method, request, token);
    if (reply.ok || !isWorthRepeating(reply.fault, () => tokens.reject(token))) return reply;
    return callOnce(method, request, await tokens.token());
  }

  async function callOnce<M extends MethodName>(
    method: M,
    request: RequestOf<M>,
    token: Secret,
  ): Promise<Reply<M>> {
    await pace();
    const reply = await rpc.call(method, request, token, orgId);
    knownAddress ||= reply.ok || isOfUserService(reply.fault);
    if (reply.ok) return reply;
    const addressOnRecord = await memory.isAddressKnown();
    const notReady = !knownAddress && isDoubtful(reply.fault) && isNotReady(await readiness(http));
    const seen = { knownAddress, addressOnRecord, notReady };
    return { ok: false, fault: { ...reply.fault, ...seen, caller, address: config.apiUrl } };
  }

  async function connect(): Promise<void> {
    await tokens.token();
    loggedIn = true;
    await rpc.waitUntilConnected();
    if (orgId !== null || credentials.kind !== "key") return;
    // Zitadel requires an organization; the default is the service account's own.
    const reply = await call("getUserByID", { userId: credentials.userId });
    if (!reply.ok) throw identityError(reply.fault);
    const own = reply.value.user?.details?.resourceOwner ?? "";
    if (own === "") {
      throw new IdentityRefused(
        "Zitadel does not report the service account's organization: set ZITADEL_ORG_ID.",
      );
    }
    orgId = own;
  }

  return {
    logIn: async () => {
      await tokens.token();
    },
    connect,
    call,
    hasAnswered: () => knownAddress || (credentials.kind === "key" && loggedIn),
    orgId: () => orgId ?? "",
    close: () => {
      closing.abort();
      rpc.close();
    },
  };
}

/** An answer about a user from Zitadel itself: host and organization are right. */
function isOfUserService({ errorId }: RpcFault): boolean {
  return errorId === NO_SUCH_USER || errorId === "COMMAND-7yiox1isql" || errorId === "V3-DKcYh";
}

const UNAUTHENTICATED = 16;

/** AUTHZ-cdgFk also comes while Zitadel's read model lags behind a new membership. */
function isWorthRepeating(fault: RpcFault, rejectToken: () => boolean): boolean {
  if (fault.errorId === "AUTHZ-cdgFk") return true;
  return fault.grpcCode === UNAUTHENTICATED && rejectToken();
}

/** For a call that does not concern a single job. */
export function identityError(fault: RpcFault): Error {
  const verdict = classify(fault);
  const { message } = verdict.failure;
  if (verdict.class === "rate-limited") return new IdentityRateLimited(message, fault.retryAfterMs);
  if (verdict.class === "unproven") return new IdentityUnproven(message);
  const refused = isOperatorsFault(verdict.class) || verdict.class === "permanent";
  return refused ? new IdentityRefused(message) : new IdentityUnavailable(message);
}
