// Checks whether a job's account exists in Zitadel; changes nothing there.
import { setTimeout as sleep } from "node:timers/promises";
import type { AccountLookup } from "../domain/account-lookup.ts";
import { withoutToken } from "./attempt.ts";
import type { AccountClaim } from "./identity-provider.ts";
import {
  findById,
  findByIdForCertain,
  findByLoginName,
  findByName,
  type UserLookup,
} from "./lookup.ts";
import { judgeProxyRefusal } from "./probe.ts";
import { HUMAN } from "./methods.ts";
import { isSameName, SECOND_LOOK_AFTER_MS } from "./ownership.ts";
import { NO_SUCH_USER } from "./refusals.ts";
import type { ZitadelSession } from "./session.ts";

export function createVerifier(
  session: ZitadelSession,
): (claim: AccountClaim, nameRefused: boolean) => Promise<AccountLookup> {
  const seesOwnOrganization = once(() => seesAnyUser(session));
  return async (claim, nameRefused) => {
    try {
      const seen = await look(session, claim, nameRefused);
      return await toAccountLookup(session, seen, seesOwnOrganization);
    } catch (error) {
      return { kind: "unanswered", result: withoutToken(error) };
    }
  };
}

type Seen = Exclude<UserLookup, { kind: "absent" }> | { kind: "absent"; nameOpen: boolean };

/** An absence counts only if two lookups agree, and the list of users, too. */
async function look(
  session: ZitadelSession,
  claim: AccountClaim,
  nameRefused: boolean,
): Promise<Seen> {
  const seen = await findByIdForCertain(session, claim);
  if (seen.kind !== "absent") return seen;
  const listed = await findByName(session, claim);
  const free = listed.kind === "name-held" && !(await stillHas(session, listed.by, claim));
  if (listed.kind !== "absent" && !free) return listed;
  const named = nameRefused ? await findByLoginName(session, claim) : listed;
  if (nameRefused && named.kind === "name-held") return named;
  await sleep(SECOND_LOOK_AFTER_MS);
  const again = await findById(session, claim);
  return again.kind === "absent"
    ? { kind: "absent", nameOpen: nameRefused && named.kind !== "absent" }
    : again;
}

/** The list may show users who were deleted or renamed since; a lookup by ID is up to date. */
async function stillHas(
  session: ZitadelSession,
  userId: string,
  claim: AccountClaim,
): Promise<boolean> {
  const reply = await session.call("getUserByID", { userId });
  if (!reply.ok) return reply.fault.errorId !== NO_SUCH_USER;
  return reply.value.user === undefined || isSameName(reply.value.user.username, claim);
}

async function toAccountLookup(
  session: ZitadelSession,
  seen: Seen,
  seesOwnOrganization: () => Promise<boolean>,
): Promise<AccountLookup> {
  switch (seen.kind) {
    case "ours":
      return { kind: "ours", zitadelUserId: seen.id, note: seen.note };
    case "id-held":
      return { kind: "id-held", difference: seen.difference };
    case "name-held":
      return { kind: "name-held", zitadelUserId: seen.by, orgId: seen.orgId };
    case "absent":
      return {
        kind: "absent",
        doubtful: !(await seesOwnOrganization()),
        nameOpen: seen.nameOpen,
      };
    case "blocked": {
      const { result, proxy } = seen;
      if (proxy === null) return { kind: "unanswered", result };
      return { kind: "unanswered", result: await judgeProxyRefusal(session, proxy) };
    }
    case "unclear":
    case "hidden":
      return { kind: "unanswered", result: seen.result };
    default:
      return seen satisfies never;
  }
}

/**
 * Without membership, Zitadel lists no user and no error, except the service account itself, a machine. So a
 * visible human user is the only proof that we may read. An organization without people yet looks the same.
 */
async function seesAnyUser(session: ZitadelSession): Promise<boolean> {
  const reply = await session.call("listUsers", {
    query: { limit: 1 },
    queries: [
      { organizationIdQuery: { organizationId: session.orgId() } },
      { typeQuery: { type: HUMAN } },
    ],
  });
  return reply.ok && reply.value.result.length > 0;
}

/** After a failure, the next caller asks again. */
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
