// Asks Zitadel, read-only, whether an account exists and whether it is the job's.
import { failure } from "../domain/failure.ts";
import type { Difference, Unanswered } from "../domain/sighting.ts";
import type { NewAccount } from "./identity-provider.ts";
import { unanswered } from "./zitadel-attempt.ts";
import {
  classify,
  isOperatorsFault,
  isProxyAnswer,
  type RpcFault,
  type Verdict,
} from "./zitadel-failure.ts";
import { EQUALS_IGNORE_CASE, type ReplyOf } from "./zitadel-methods.ts";
import type { ZitadelSession } from "./zitadel-session.ts";

export type Named = Pick<NewAccount, "id" | "username">;

export type Sighting =
  | { readonly kind: "ours"; readonly id: string }
  /** Somebody else bears the id. */
  | { readonly kind: "id-held"; readonly difference: Difference }
  | { readonly kind: "name-held"; readonly by: string }
  | { readonly kind: "absent" }
  /** The question itself failed. */
  | { readonly kind: "unclear"; readonly result: Unanswered }
  /** It exists in an organization that we may not read, or we may read in none. */
  | { readonly kind: "hidden"; readonly result: Unanswered }
  /** We may not ask, or not now: not the job's fault. */
  | {
      readonly kind: "blocked";
      readonly result: Unanswered;
      /** What a proxy before Zitadel said; null when it was Zitadel itself. */
      readonly proxy: Verdict | null;
    };

export async function findById(session: ZitadelSession, account: Named): Promise<Sighting> {
  const reply = await session.call("getUserByID", { userId: account.id });
  if (reply.ok) return judgeUser(session, account, reply.value.user);
  if (reply.fault.errorId === "QUERY-Dfbg2") return { kind: "absent" };
  return unseen(reply.fault);
}

/** The list lags behind, and leaves out whom we may not read: an empty one proves nothing. */
export async function findByName(session: ZitadelSession, account: Named): Promise<Sighting> {
  const reply = await session.call("listUsers", {
    // With no limit Zitadel sets none either.
    query: { limit: 5 },
    queries: [{ userNameQuery: { userName: account.username, method: EQUALS_IGNORE_CASE } }],
  });
  if (!reply.ok) return unseen(reply.fault);
  const holders = reply.value.result.filter((user) => isSameName(user.username, account));
  const own = holders.find((user) => user.userId === account.id);
  if (own !== undefined) return judgeUser(session, account, own);
  const [other] = holders;
  return other === undefined ? { kind: "absent" } : { kind: "name-held", by: other.userId };
}

type User = NonNullable<ReplyOf<"getUserByID">["user"]>;

/** Whether whoever bears the job's id is the account that the job asks for. */
function judgeUser(session: ZitadelSession, account: Named, user: User | undefined): Sighting {
  if (user === undefined) {
    const why = failure("unknown", "Zitadel: the answer holds no user");
    return { kind: "unclear", result: { kind: "transient", failure: why } };
  }
  const difference = differenceOf(session, account, user);
  return difference === null ? { kind: "ours", id: account.id } : { kind: "id-held", difference };
}

function differenceOf(session: ZitadelSession, account: Named, user: User): Difference | null {
  if (user.human === undefined) return "machine";
  if ((user.details?.resourceOwner ?? session.orgId()) !== session.orgId()) return "organization";
  // The server fills the outer username only; HumanUser's own stays empty.
  return isSameName(user.username, account) ? null : "username";
}

export function isSameName(username: string, account: Named): boolean {
  return username.trim().toLowerCase() === account.username;
}

function unseen(fault: RpcFault): Sighting {
  const verdict = classify(fault);
  const result = unanswered(verdict, fault.retryAfterMs);
  const refused = isOperatorsFault(verdict.class);
  if (!refused && verdict.class !== "rate-limited") return { kind: "unclear", result };
  // AUTHZ-cdgFk is a NOT_FOUND as well, but of our membership where the user is, not of the user.
  if (fault.errorId === "AUTHZ-cdgFk") return { kind: "hidden", result };
  return { kind: "blocked", result, proxy: refused && isProxyAnswer(fault) ? verdict : null };
}
