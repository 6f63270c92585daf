// Sends Zitadel a harmless call, to learn whether it answers at all.
import type { Unanswered } from "../domain/account-lookup.ts";
import { unanswered } from "./attempt.ts";
import type { RpcFault, Verdict } from "./failure.ts";
import { NO_SUCH_USER } from "./refusals.ts";
import type { ZitadelSession } from "./session.ts";

/** No job has this ID. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

/** @returns null if Zitadel answered */
export async function probe(session: ZitadelSession): Promise<RpcFault | null> {
  const reply = await session.call("getUserByID", { userId: NOBODY });
  return reply.ok || reply.fault.errorId === NO_SUCH_USER ? null : reply.fault;
}

/**
 * HTTP 401, 403 or 404 from a proxy in front of Zitadel: either for every call, or only for this job, for
 * example because a firewall dislikes a name. Such a job must not delay all others.
 */
export async function judgeProxyRefusal(
  session: ZitadelSession,
  verdict: Verdict,
): Promise<Unanswered> {
  if ((await probe(session)) !== null) return unanswered(verdict, null);
  const message = `A proxy in front of Zitadel refuses this job: ${verdict.failure.message}`;
  return { kind: "transient", failure: { ...verdict.failure, code: "unknown", message } };
}
