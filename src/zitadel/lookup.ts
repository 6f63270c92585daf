// Asks Zitadel, read-only, who has a job's ID or its username.
import { setTimeout as sleep } from "node:timers/promises";
import type { Difference, Unanswered } from "../domain/account-lookup.ts";
import type { AccountClaim } from "./identity-provider.ts";
import { unanswered } from "./attempt.ts";
import {
  classify,
  isOperatorsFault,
  isProxyRefusal,
  type RpcFault,
  type Verdict,
} from "./failure.ts";
import { EQUALS_IGNORE_CASE } from "./methods.ts";
import {
  type OwnAccount,
  isSameName,
  judgeOwnership,
  NO_USER,
  SECOND_LOOK_AFTER_MS,
  type User,
} from "./ownership.ts";
import { NO_SUCH_USER } from "./refusals.ts";
import type { ZitadelSession } from "./session.ts";

export type UserLookup =
  | OwnAccount
  /** Another user has the ID. */
  | { readonly kind: "id-held"; readonly difference: Difference }
  | { readonly kind: "name-held"; readonly by: string; readonly orgId: string }
  | { readonly kind: "absent" }
  /** The call itself failed. */
  | { readonly kind: "unclear"; readonly result: Unanswered }
  /** The user is in an organization that we may not read, or we may read none. */
  | { readonly kind: "hidden"; readonly result: Unanswered }
  /** We may not ask, or not now: not the job's fault. */
  | {
      readonly kind: "blocked";
      readonly result: Unanswered;
      /** The server asked us to wait, which applies to every other call, too. */
      readonly limited: boolean;
      /** The answer of a proxy in front of Zitadel; null if Zitadel itself answered. */
      readonly proxy: Verdict | null;
    };

export async function findById(session: ZitadelSession, claim: AccountClaim): Promise<UserLookup> {
  const reply = await session.call("getUserByID", { userId: claim.id });
  if (reply.ok) return judge(session, claim, reply.value.user);
  return reply.fault.errorId === NO_SUCH_USER ? { kind: "absent" } : unseen(reply.fault);
}

/**
 * Like `findById`, but for a hidden user it also finds out whether that is another user: with a role in our
 * own organization, only users of other organizations are hidden from us.
 */
export async function findByIdForCertain(
  session: ZitadelSession,
  claim: AccountClaim,
): Promise<UserLookup> {
  const seen = await findById(session, claim);
  if (seen.kind !== "hidden" || !(await session.call("getMyOrg", {})).ok) return seen;
  // The role may have been granted in between, or may not have been visible yet.
  const again = await findById(session, claim);
  return again.kind === "hidden" ? { kind: "id-held", difference: "organization" } : again;
}

/** Repeats `find` after an absence, because Zitadel's read models may lag behind. */
export async function confirmAbsence(find: () => Promise<UserLookup>): Promise<UserLookup> {
  const seen = await find();
  if (seen.kind !== "absent") return seen;
  await sleep(SECOND_LOOK_AFTER_MS);
  return find();
}

/** Searches the organizations that we may read. The list lags behind, so an empty one proves nothing. */
export async function findByName(
  session: ZitadelSession,
  claim: AccountClaim,
): Promise<UserLookup> {
  const reply = await session.call("listUsers", {
    // Without a limit here, Zitadel sets none.
    query: { limit: 5 },
    queries: [{ userNameQuery: { userName: claim.username, method: EQUALS_IGNORE_CASE } }],
  });
  if (!reply.ok) return unseen(reply.fault);
  const holders = reply.value.result.filter((user) => isSameName(user.username, claim));
  const own = holders.find((user) => user.userId === claim.id);
  if (own !== undefined) return judge(session, claim, own);
  const [other] = holders;
  return other === undefined ? { kind: "absent" } : nameHeld(other.userId, other.details);
}

/**
 * Searches all organizations of the instance, without delay. The method is deprecated and may be missing:
 * then the result is `blocked`, as without the permission.
 */
export async function findByLoginName(
  session: ZitadelSession,
  claim: AccountClaim,
): Promise<UserLookup> {
  const reply = await session.call("getUserByLoginNameGlobal", { loginName: claim.username });
  if (!reply.ok) {
    return reply.fault.errorId === NO_SUCH_USER ? { kind: "absent" } : unseen(reply.fault);
  }
  const { user } = reply.value;
  if (user === undefined) return { kind: "absent" };
  return user.id === claim.id ? findById(session, claim) : nameHeld(user.id, user.details);
}

function nameHeld(by: string, details: { resourceOwner: string } | undefined): UserLookup {
  return { kind: "name-held", by, orgId: details?.resourceOwner ?? "" };
}

async function judge(
  session: ZitadelSession,
  claim: AccountClaim,
  user: User | undefined,
): Promise<UserLookup> {
  if (user === undefined) {
    return { kind: "unclear", result: { kind: "transient", failure: NO_USER } };
  }
  const judged = await judgeOwnership(session, claim, user);
  return judged.kind === "fault" ? unseen(judged.fault) : judged;
}

function unseen(fault: RpcFault): UserLookup {
  const verdict = classify(fault);
  const result = unanswered(verdict, fault.retryAfterMs);
  const proxy = isProxyRefusal(fault) ? verdict : null;
  const refused = isOperatorsFault(verdict.class) || proxy !== null;
  const limited = verdict.class === "rate-limited";
  if (!refused && !limited) return { kind: "unclear", result };
  // AUTHZ-cdgFk is a NOT_FOUND, too, but of our membership in the user's organization, not of the user.
  if (fault.errorId === "AUTHZ-cdgFk") return { kind: "hidden", result };
  return {
    kind: "blocked",
    result,
    limited,
    proxy,
  };
}
