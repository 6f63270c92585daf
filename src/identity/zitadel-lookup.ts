// Asks Zitadel, read-only, whether an account exists and whether it is the job's.
import type { AttemptResult } from "../domain/outcome.ts";
import type { NewAccount } from "./identity-provider.ts";
import { judge } from "./zitadel-attempt.ts";
import { classify, isOperatorsFault } from "./zitadel-failure.ts";
import { EQUALS_IGNORE_CASE } from "./zitadel-rpc.ts";
import type { ZitadelSession } from "./zitadel-session.ts";

type Named = Pick<NewAccount, "id" | "username">;

export type Sighting =
  | { readonly kind: "ours"; readonly id: string }
  /** Somebody else bears the id, or the name. */
  | { readonly kind: "id-held" | "name-held" | "absent" }
  /** The question itself failed. */
  | { readonly kind: "unclear" }
  /** It exists in an organization that we may not read, or we may read in none. */
  | { readonly kind: "hidden"; readonly result: AttemptResult }
  /** We may not ask, or not now: not the job's fault. */
  | { readonly kind: "blocked"; readonly result: AttemptResult };

export async function findById(session: ZitadelSession, account: Named): Promise<Sighting> {
  const reply = await session.call("getUserByID", { userId: account.id });
  if (reply.ok) {
    const { user } = reply.value;
    if (user === undefined) return { kind: "unclear" };
    // The server fills the outer username only; HumanUser's own stays empty.
    const sameName = isSameName(user.username, account);
    const org = user.details?.resourceOwner ?? session.orgId();
    const ours = sameName && org === session.orgId() && user.human !== undefined;
    return ours ? { kind: "ours", id: account.id } : { kind: "id-held" };
  }
  if (reply.fault.errorId === "QUERY-Dfbg2") return { kind: "absent" };
  const verdict = classify(reply.fault);
  const blocked = isOperatorsFault(verdict.class) || verdict.class === "rate-limited";
  if (!blocked) return { kind: "unclear" };
  // AUTHZ-cdgFk is a NOT_FOUND as well, but of our membership where the user is, not of the user.
  const kind = reply.fault.errorId === "AUTHZ-cdgFk" ? "hidden" : "blocked";
  return { kind, result: judge(verdict, reply.fault.retryAfterMs) };
}

/** The list lags behind, and leaves out whom we may not read: an empty one proves nothing. */
export async function findByName(session: ZitadelSession, account: Named): Promise<Sighting> {
  const reply = await session.call("listUsers", {
    // With no limit Zitadel sets none either.
    query: { limit: 5 },
    queries: [{ userNameQuery: { userName: account.username, method: EQUALS_IGNORE_CASE } }],
  });
  if (!reply.ok) return { kind: "unclear" };
  const holders = reply.value.result.filter((user) => isSameName(user.username, account));
  if (holders.some((user) => user.userId === account.id)) return { kind: "ours", id: account.id };
  return { kind: holders.length > 0 ? "name-held" : "absent" };
}

function isSameName(username: string, account: Named): boolean {
  return username.trim().toLowerCase() === account.username;
}
