// Settles an unclear error: asks who has the job's ID and its username, and decides by that.
import type { Failure } from "../domain/failure.ts";
import type { AttemptResult } from "../domain/outcome.ts";
import { DIFFERENCES, type Difference } from "../domain/account-lookup.ts";
import type { NewAccount } from "./identity-provider.ts";
import type { Verdict } from "./failure.ts";
import {
  findById,
  findByIdForCertain,
  findByLoginName,
  findByName,
  confirmAbsence,
  type UserLookup,
} from "./lookup.ts";
import type { OwnAccount } from "./ownership.ts";
import type { ZitadelSession } from "./session.ts";

/** bcrypt's limit, in bytes. Zitadel answers a longer password with an UNKNOWN without a cause. */
const BCRYPT_LONGEST = 72;

/** @param lastTry if the answer stays unclear, return the likely reason, with "probably" */
export async function settleByAsking(
  session: ZitadelSession,
  account: NewAccount,
  verdict: Verdict,
  lastTry: boolean,
): Promise<AttemptResult> {
  const { failure: why } = verdict;
  const seen = await findOwner(session, account, verdict, lastTry);
  switch (seen.kind) {
    case "ours":
      return adopted(seen);
    case "id-held":
      return permanent(why, "id_taken", idHeld(seen.difference));
    case "name-held":
      return permanent(why, "username_taken", nameHeld(seen, session.orgId()));
    case "hidden":
    case "blocked":
      return seen.result;
    case "unclear":
      return { kind: "transient", failure: why };
    case "absent":
      if (verdict.class === "id-exists")
        return stillOpen(why, lastTry, "id_taken", ID_PROBABLY_HELD);
      if (!isTooLongForBcrypt(account, why)) return { kind: "transient", failure: why };
      return permanent(why, "invalid_argument", TOO_LONG);
    case "name-unknown":
      return stillOpen(why, lastTry, "username_taken", NAME_PROBABLY_HELD);
    default:
      return seen satisfies never;
  }
}

export function adopted({ id, note, username }: OwnAccount): AttemptResult {
  return { kind: "adopted", zitadelUserId: id, note, ...(username !== undefined && { username }) };
}

/** `name-unknown`: no user that we can see has the name, and we may not search other organizations. */
async function findOwner(
  session: ZitadelSession,
  account: NewAccount,
  verdict: Verdict,
  lastTry: boolean,
): Promise<UserLookup | { kind: "name-unknown" }> {
  if (verdict.class === "id-exists") {
    return confirmAbsence(() => findByIdForCertain(session, account));
  }
  const find = () => findById(session, account);
  // After the last try there is no other check.
  const seen = await (lastTry ? confirmAbsence(find) : find());
  if (seen.kind !== "absent" || verdict.class !== "name-or-id") return seen;
  const listed = await findByName(session, account);
  const refused = listed.kind === "hidden" || (listed.kind === "blocked" && !listed.limited);
  if (listed.kind !== "absent" && !refused) return listed;
  const named = await findByLoginName(session, account);
  const missing = named.kind === "hidden" || (named.kind === "blocked" && !named.limited);
  return missing ? { kind: "name-unknown" } : named;
}

/** Zitadel answered the lookups, so it is healthy, but no answer shows who has the name or the ID. */
function stillOpen(
  why: Failure,
  lastTry: boolean,
  code: Failure["code"],
  message: string,
): AttemptResult {
  if (lastTry) return permanent(why, code, message);
  return { kind: "transient", failure: why, answers: true };
}

const ID_PROBABLY_HELD =
  "The job's ID probably belongs to a user of an organization that was removed from Zitadel: it exists, but nobody can see it";
const NAME_PROBABLY_HELD =
  "The username probably belongs to a user of another organization in Zitadel: it is refused, but the service account can see no user who has it";
const TOO_LONG = `The password is longer than ${BCRYPT_LONGEST} bytes, which Zitadel's bcrypt cannot hash`;

export function idHeld(difference: Difference): string {
  return `The job's ID belongs to another user in Zitadel: ${DIFFERENCES[difference]}`;
}

type NameHeld = Extract<UserLookup, { kind: "name-held" }>;

/** @param own the organization of the new users */
function nameHeld({ by, orgId }: NameHeld, own: string): string {
  const foreign = orgId === own ? "" : ` (new accounts belong to organization ${own})`;
  return `The username belongs to another user in Zitadel: user ${by} of organization ${orgId}${foreign}`;
}

function permanent(why: Failure, code: Failure["code"], message: string): AttemptResult {
  return { kind: "permanent", failure: { ...why, code, message } };
}

function isTooLongForBcrypt({ password }: NewAccount, why: Failure): boolean {
  const bytes = Buffer.byteLength(password.value.reveal());
  return why.code === "unknown" && password.kind === "password" && bytes > BCRYPT_LONGEST;
}
