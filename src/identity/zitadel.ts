// Creates accounts in Zitadel, and asks for the account wherever an answer leaves it unclear.
import { setTimeout as sleep } from "node:timers/promises";
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import { failure, type Failure } from "../domain/failure.ts";
import type { AttemptResult } from "../domain/outcome.ts";
import { IdentityRateLimited, IdentityRefused, IdentityUnavailable } from "../errors.ts";
import { createPace } from "./pace.ts";
import type { IdentityProvider, NewAccount } from "./identity-provider.ts";
import { classify, type RpcFault, type Verdict } from "./zitadel-failure.ts";
import { createAccountRequest } from "./zitadel-request.ts";
import { openZitadelRpc, type MethodName, type Reply, type RequestOf } from "./zitadel-rpc.ts";
import { createTokenSource } from "./zitadel-token.ts";

type Named = Pick<NewAccount, "id" | "username">;

/** What asking for the account found out; `unclear` when the question itself failed. */
type Sighting =
  | { kind: "ours"; id: string }
  | { kind: "other" | "absent" | "unclear" }
  | { kind: "blocked"; result: AttemptResult };

/** Zitadel's read model may lag behind a creation it has just refused as existing (QUERY-Dfbg2). */
const SECOND_LOOK_AFTER_MS = 300;
/** bcrypt's limit, in bytes. Zitadel answers a longer password with an UNKNOWN that names no cause. */
const BCRYPT_LONGEST = 72;

export function createZitadel(config: ZitadelConfig): IdentityProvider {
  const pace = createPace(config.callsPerSecond);
  const tokens = createTokenSource(config, pace);
  const rpc = openZitadelRpc(config);
  let orgId = config.orgId;
  let createMethod: "createUser" | "addHumanUser" = "createUser";

  /** One call with one new token, should Zitadel refuse the first. @throws what fetching one throws */
  async function call<M extends MethodName>(method: M, request: RequestOf<M>): Promise<Reply<M>> {
    const token = await tokens.token();
    await pace();
    const reply = await rpc.call(method, request, token, orgId);
    if (reply.ok || classify(reply.fault).class !== "unauthenticated" || !tokens.reject(token))
      return reply;
    const renewed = await tokens.token();
    await pace();
    return rpc.call(method, request, renewed, orgId);
  }

  async function connect(): Promise<void> {
    await tokens.token();
    await rpc.waitUntilConnected();
    if (orgId !== null || config.credentials.kind !== "key") return;
    // Zitadel wants the organization named; the service account's own is the default.
    const reply = await call("getUserByID", { userId: config.credentials.userId });
    if (!reply.ok) throw connectError(reply.fault);
    orgId = reply.value.user?.details?.resourceOwner ?? null;
    if (orgId === null || orgId === "") {
      throw new IdentityRefused(
        "Zitadel does not tell the service account's organization: set ZITADEL_ORG_ID.",
      );
    }
  }

  async function probe(): Promise<void> {
    const reply = await call("getUserByID", { userId: NOBODY });
    if (!reply.ok && reply.fault.errorId !== "QUERY-Dfbg2") throw connectError(reply.fault);
  }

  async function create(account: NewAccount): Promise<{ id: string } | { fault: RpcFault }> {
    const org = orgId ?? "";
    if (createMethod === "createUser") {
      const reply = await call("createUser", createAccountRequest.createUser(account, org, config));
      if (reply.ok) return { id: reply.value.id || account.id };
      if (classify(reply.fault).class !== "unimplemented") return { fault: reply.fault };
      // Older than v4. Remembered for the run: the next accounts need not ask in vain.
      createMethod = "addHumanUser";
    }
    const reply = await call(
      "addHumanUser",
      createAccountRequest.addHumanUser(account, org, config),
    );
    return reply.ok ? { id: reply.value.userId || account.id } : { fault: reply.fault };
  }

  async function createAccount(account: NewAccount, lastTry: boolean): Promise<AttemptResult> {
    return blamingNobodyForTokens(async () => {
      const reply = await create(account);
      if ("id" in reply) return { kind: "created", zitadelUserId: reply.id };
      const verdict = classify(reply.fault);
      const mayHaveWorked = ["ambiguous", "name-or-id"].includes(verdict.class);
      if (!mayHaveWorked) return judge(verdict, reply.fault.retryAfterMs);
      // A proxy that could not reach Zitadel is asked again only when nothing else will be.
      if (verdict.failure.code === "unavailable" && fromProxy(reply.fault) && !lastTry) {
        return { kind: "transient", failure: verdict.failure };
      }
      return settleByAsking(account, verdict);
    });
  }

  async function settleByAsking(account: NewAccount, verdict: Verdict): Promise<AttemptResult> {
    let seen = await findById(account);
    if (seen.kind === "absent" && verdict.failure.code === "id_taken") {
      await sleep(SECOND_LOOK_AFTER_MS);
      seen = await findById(account);
    }
    if (seen.kind === "absent" && verdict.class === "name-or-id") seen = await findByName(account);
    switch (seen.kind) {
      case "ours":
        return { kind: "adopted", zitadelUserId: seen.id };
      case "other":
        return { kind: "permanent", failure: takenByAnother(verdict) };
      case "blocked":
        return seen.result;
      case "absent":
        return isTooLongForBcrypt(account, verdict)
          ? { kind: "permanent", failure: tooLong(verdict.failure) }
          : { kind: "transient", failure: verdict.failure };
      case "unclear":
        return { kind: "transient", failure: verdict.failure };
      default:
        return seen satisfies never;
    }
  }

  async function findById(account: Named): Promise<Sighting> {
    const reply = await call("getUserByID", { userId: account.id });
    if (reply.ok) {
      const { user } = reply.value;
      if (user === undefined) return { kind: "unclear" };
      // The server fills the outer username only; HumanUser's own stays empty.
      const sameName = user.username.trim().toLowerCase() === account.username;
      const sameOrg = orgId === null || (user.details?.resourceOwner ?? orgId) === orgId;
      const ours = sameName && sameOrg && user.human !== undefined;
      return ours ? { kind: "ours", id: user.userId || account.id } : { kind: "other" };
    }
    // AUTHZ-cdgFk is also a NOT_FOUND, but means that we may not look.
    if (reply.fault.errorId === "QUERY-Dfbg2") return { kind: "absent" };
    const verdict = classify(reply.fault);
    const blocked = ["refused", "unauthenticated", "rate-limited", "unimplemented"].includes(
      verdict.class,
    );
    return blocked
      ? { kind: "blocked", result: judge(verdict, reply.fault.retryAfterMs) }
      : { kind: "unclear" };
  }

  /** The list lags behind, and leaves out whom we may not read: an empty one proves nothing. */
  async function findByName(account: Named): Promise<Sighting> {
    const reply = await call("listUsers", {
      // With no limit Zitadel sets none either.
      query: { limit: 5 },
      queries: [{ userNameQuery: { userName: account.username, method: EQUALS_IGNORE_CASE } }],
    });
    if (!reply.ok) return { kind: "unclear" };
    const holders = reply.value.result.filter(
      (user) => user.username.trim().toLowerCase() === account.username,
    );
    if (holders.some((user) => user.userId === account.id)) return { kind: "ours", id: account.id };
    return { kind: holders.length > 0 ? "other" : "absent" };
  }

  async function adoptAccount(account: Named): Promise<AttemptResult> {
    return blamingNobodyForTokens(async () => {
      const seen = await findById(account);
      if (seen.kind === "ours") return { kind: "adopted", zitadelUserId: seen.id };
      if (seen.kind === "blocked") return seen.result;
      if (seen.kind === "unclear") {
        const unclear = failure(
          "unavailable",
          "Zitadel could not be asked whether the account exists",
        );
        return { kind: "blameless", failure: unclear, retryAfterMs: null, stop: null };
      }
      const message = "The run that was working on this job died; Zitadel has no such account";
      return { kind: "transient", failure: failure("interrupted", message) };
    });
  }

  return { connect, probe, createAccount, adoptAccount, close: () => rpc.close() };
}

/** No job has this id, so a probe never meets a person. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** TextQueryMethod.TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE: usernames are unique in any case. */
const EQUALS_IGNORE_CASE = 1;

/** For faults that say by themselves that nothing was created. */
function judge(verdict: Verdict, retryAfterMs: number | null): AttemptResult {
  const { failure: why } = verdict;
  const stop = (outcome: "stopped" | "refused" | "unavailable"): AttemptResult => ({
    kind: "blameless",
    failure: why,
    retryAfterMs,
    stop: { outcome, reason: why.message },
  });
  switch (verdict.class) {
    case "permanent":
      return { kind: "permanent", failure: why };
    case "transient":
    case "ambiguous":
    case "name-or-id":
      return { kind: "transient", failure: why };
    case "rate-limited":
      return stop("stopped");
    case "unreached":
      return stop("unavailable");
    case "refused":
    case "unauthenticated":
    case "unimplemented":
      return stop("refused");
    default:
      return verdict.class satisfies never;
  }
}

async function blamingNobodyForTokens(work: () => Promise<AttemptResult>): Promise<AttemptResult> {
  const blame = (
    outcome: "stopped" | "refused" | "unavailable",
    error: Error,
    retryAfterMs: number | null,
  ) => {
    const code =
      outcome === "stopped" ? "rate_limited" : outcome === "refused" ? "internal" : "unavailable";
    const why = failure(code, error.message);
    return {
      kind: "blameless",
      failure: why,
      retryAfterMs,
      stop: { outcome, reason: why.message },
    } as const;
  };
  try {
    return await work();
  } catch (error) {
    if (error instanceof IdentityUnavailable) return blame("unavailable", error, null);
    if (error instanceof IdentityRefused) return blame("refused", error, null);
    if (error instanceof IdentityRateLimited) return blame("stopped", error, error.retryAfterMs);
    throw error;
  }
}

function connectError(fault: RpcFault): Error {
  const verdict = classify(fault);
  const { message } = verdict.failure;
  if (verdict.class === "rate-limited") return new IdentityRateLimited(message, fault.retryAfterMs);
  const refused = ["refused", "unauthenticated", "unimplemented", "permanent"].includes(
    verdict.class,
  );
  return refused ? new IdentityRefused(message) : new IdentityUnavailable(message);
}

function fromProxy(fault: RpcFault): boolean {
  return fault.details.startsWith("Received HTTP status code");
}

function takenByAnother(verdict: Verdict): Failure {
  const byName = verdict.class === "name-or-id";
  return byName
    ? {
        ...verdict.failure,
        code: "username_taken",
        message: "The username belongs to another user in Zitadel",
      }
    : {
        ...verdict.failure,
        code: "id_taken",
        message: "The job's id belongs to another user in Zitadel",
      };
}

function isTooLongForBcrypt({ password }: NewAccount, { failure: why }: Verdict): boolean {
  const bytes = Buffer.byteLength(password.value.reveal());
  return why.code === "unknown" && password.kind === "password" && bytes > BCRYPT_LONGEST;
}

function tooLong(why: Failure): Failure {
  const message = `The password is longer than ${BCRYPT_LONGEST} bytes, which Zitadel's bcrypt cannot hash`;
  return { ...why, code: "invalid_argument", message };
}
