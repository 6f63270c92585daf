// Tells an operator whether a job's account exists in Zitadel, and never changes anything there.
import { setTimeout as sleep } from "node:timers/promises";
import type { AccountSighting } from "../domain/sighting.ts";
import { withoutToken } from "./zitadel-attempt.ts";
import { findById, findByName, isSameName, type Named, type Sighting } from "./zitadel-lookup.ts";
import { judgeProxyRefusal } from "./zitadel-probe.ts";
import { HUMAN } from "./zitadel-methods.ts";
import type { ZitadelSession } from "./zitadel-session.ts";

/** Zitadel's read model may lag behind a creation (QUERY-Dfbg2). */
export const SECOND_LOOK_AFTER_MS = 300;

export function createVerifier(
  session: ZitadelSession,
): (account: Named) => Promise<AccountSighting> {
  const seesOwnOrganization = once(() => seesSomebody(session));
  return async (account) => {
    try {
      const seen = await look(session, account);
      return await tell(session, seen, seesOwnOrganization);
    } catch (error) {
      return { kind: "unanswered", result: withoutToken(error) };
    }
  };
}

/** An absence is believed only when told twice, and by the list of users as well. */
async function look(session: ZitadelSession, account: Named): Promise<Sighting> {
  const seen = await findById(session, account);
  if (seen.kind !== "absent") return seen;
  const named = await findByName(session, account);
  const free = named.kind === "name-held" && !(await stillBears(session, named.by, account));
  if (named.kind !== "absent" && !free) return named;
  await sleep(SECOND_LOOK_AFTER_MS);
  return findById(session, account);
}

/** The list may also show somebody who was deleted or renamed since; a user by id is up to date. */
async function stillBears(
  session: ZitadelSession,
  userId: string,
  account: Named,
): Promise<boolean> {
  const reply = await session.call("getUserByID", { userId });
  if (!reply.ok) return reply.fault.errorId !== "QUERY-Dfbg2";
  return reply.value.user === undefined || isSameName(reply.value.user.username, account);
}

async function tell(
  session: ZitadelSession,
  seen: Sighting,
  seesOwnOrganization: () => Promise<boolean>,
): Promise<AccountSighting> {
  switch (seen.kind) {
    case "ours":
      return { kind: "ours", zitadelUserId: seen.id };
    case "id-held":
      return { kind: "id-held", difference: seen.difference };
    case "name-held":
      return { kind: "name-held", zitadelUserId: seen.by };
    case "absent":
      return { kind: "absent", doubtful: !(await seesOwnOrganization()) };
    case "hidden":
      // Who may read in our own organization is kept from the user by another one.
      return (await seesOwnOrganization())
        ? { kind: "id-held", difference: "organization" }
        : { kind: "unanswered", result: seen.result };
    case "blocked": {
      const { result, proxy } = seen;
      if (proxy === null) return { kind: "unanswered", result };
      return { kind: "unanswered", result: await judgeProxyRefusal(session, proxy) };
    }
    case "unclear":
      return { kind: "unanswered", result: seen.result };
    default:
      return seen satisfies never;
  }
}

/**
 * Without membership Zitadel lists nobody and says nothing of it, but for the service account
 * itself, a machine: that somebody is seen is the only proof that we may read. An organization
 * without people yet looks the same.
 */
async function seesSomebody(session: ZitadelSession): Promise<boolean> {
  const reply = await session.call("listUsers", {
    query: { limit: 1 },
    queries: [
      { organizationIdQuery: { organizationId: session.orgId() } },
      { typeQuery: { type: HUMAN } },
    ],
  });
  return reply.ok && reply.value.result.length > 0;
}

/** A question that failed is asked again by who needs it next. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((error: unknown) => {
      answer = null;
      throw error;
    });
    return answer;
  };
}
