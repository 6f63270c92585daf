// Asks Zitadel, read-only, who has a job's id or its username.
import { setTimeout as sleep } from "node:timers/promises";
import type { Difference, Unanswered } from "../domain/sighting.ts";
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

export type Sighting =
  | OwnAccount
  /** Somebody else has the id. */
  | { readonly kind: "id-held"; readonly difference: Difference }
  | { readonly kind: "name-held"; readonly by: string; readonly orgId: string }
  | { readonly kind: "absent" }
  /** The question itself failed. */
  | { readonly kind: "unclear"; readonly result: Unanswered }
  /** It exists in an organization that we may not read, or we may read in none. */
  | { readonly kind: "hidden"; readonly result: Unanswered }
  /** We may not ask, or not now: not the job's fault. */
  | {
      readonly kind: "blocked";
      readonly result: Unanswered;
      /** A wait was asked for, which concerns every other question as well. */
      readonly limited: boolean;
      /** What a proxy before Zitadel said; null when it was Zitadel itself. */
      readonly proxy: Verdict | null;
    };

export async function findById(session: ZitadelSession, claim: AccountClaim): Promise<Sighting> {
  const reply = await session.call("getUserByID", { userId: claim.id });
  if (reply.ok) return judge(session, claim, reply.value.user);
  return reply.fault.errorId === NO_SUCH_USER ? { kind: "absent" } : unseen(reply.fault);
}

/**
 * As `findById`, but where somebody is hidden it is found out whether that is somebody else: who has
 * a role in our own organization is kept only from the users of another one.
 */
export async function findByIdForCertain(
  session: ZitadelSession,
  claim: AccountClaim,
): Promise<Sighting> {
  const seen = await findById(session, claim);
  if (seen.kind !== "hidden" || !(await session.call("getMyOrg", {})).ok) return seen;
  // The role may have been given in between, or may not have been visible yet.
  const again = await findById(session, claim);
  return again.kind === "hidden" ? { kind: "id-held", difference: "organization" } : again;
}

/** As `find`, asked a second time after an absence: Zitadel's read models may lag behind. */
export async function confirmAbsence(find: () => Promise<Sighting>): Promise<Sighting> {
  const seen = await find();
  if (seen.kind !== "absent") return seen;
  await sleep(SECOND_LOOK_AFTER_MS);
  return find();
}

/** Within the organizations that we may read. The list lags behind, so an empty one proves nothing. */
export async function findByName(session: ZitadelSession, claim: AccountClaim): Promise<Sighting> {
  const reply = await session.call("listUsers", {
    // With no limit Zitadel sets none either.
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
 * Within all organizations of the instance, and up to date. A deprecated method, so it may be
 * missing: then the answer is `blocked`, as where we may not call it.
 */
export async function findByLoginName(
  session: ZitadelSession,
  claim: AccountClaim,
): Promise<Sighting> {
  const reply = await session.call("getUserByLoginNameGlobal", { loginName: claim.username });
  if (!reply.ok) {
    return reply.fault.errorId === NO_SUCH_USER ? { kind: "absent" } : unseen(reply.fault);
  }
  const { user } = reply.value;
  if (user === undefined) return { kind: "absent" };
  return user.id === claim.id ? findById(session, claim) : nameHeld(user.id, user.details);
}

function nameHeld(by: string, details: { resourceOwner: string } | undefined): Sighting {
  return { kind: "name-held", by, orgId: details?.resourceOwner ?? "" };
}

async function judge(
  session: ZitadelSession,
  claim: AccountClaim,
  user: User | undefined,
): Promise<Sighting> {
  if (user === undefined) {
    return { kind: "unclear", result: { kind: "transient", failure: NO_USER } };
  }
  const judged = await judgeOwnership(session, claim, user);
  return judged.kind === "fault" ? unseen(judged.fault) : judged;
}

function unseen(fault: RpcFault): Sighting {
  const verdict = classify(fault);
  const result = unanswered(verdict, fault.retryAfterMs);
  const proxy = isProxyRefusal(fault) ? verdict : null;
  const refused = isOperatorsFault(verdict.class) || proxy !== null;
  const limited = verdict.class === "rate-limited";
  if (!refused && !limited) return { kind: "unclear", result };
  // AUTHZ-cdgFk is a NOT_FOUND as well, but of our membership where the user is, not of the user.
  if (fault.errorId === "AUTHZ-cdgFk") return { kind: "hidden", result };
  return {
    kind: "blocked",
    result,
    limited,
    proxy,
  };
}
