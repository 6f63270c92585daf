// Decides whether the account with a job's ID belongs to the job: by organization, age and metadata, or by
// its name without metadata.
import { setTimeout as sleep } from "node:timers/promises";
import { failure } from "../domain/failure.ts";
import { isUsername, normalizeUsername } from "../domain/job.ts";
import type { Difference } from "../domain/account-lookup.ts";
import type { AccountClaim } from "./identity-provider.ts";
import { isUnimplemented, type RpcFault } from "./failure.ts";
import { FAMILY_ID, JOB_ID } from "./metadata.ts";
import { USER_STATE, type ReplyOf } from "./methods.ts";
import type { ZitadelSession } from "./session.ts";

export type User = NonNullable<ReplyOf<"getUserByID">["user"]>;

export interface OwnAccount {
  readonly kind: "ours";
  readonly id: string;
  /** What an operator should know about it; null if there is nothing. */
  readonly note: string | null;
  /**
   * The person's username, if it is a valid FamilyHub username other than the job's: FamilyHub changed the
   * job after an earlier run had sent it, or someone renamed the account.
   */
  readonly username?: string;
}

export type Ownership =
  | OwnAccount
  | { readonly kind: "id-held"; readonly difference: Difference }
  | { readonly kind: "fault"; readonly fault: RpcFault };

/** Zitadel's read models may lag behind a creation. */
export const SECOND_LOOK_AFTER_MS = 300;

/** How far the clocks of Postgres and Zitadel may differ. */
const CLOCKS_APART_MS = 5 * 60_000;

export async function judgeOwnership(
  session: ZitadelSession,
  claim: AccountClaim,
  user: User,
): Promise<Ownership> {
  if (user.human === undefined) return held("machine");
  const orgId = user.details?.resourceOwner ?? session.orgId();
  if (orgId !== session.orgId()) return held("organization");
  const createdMs = user.details?.creationDate?.getTime() ?? Infinity;
  if (createdMs < claim.createdAt.getTime() - CLOCKS_APART_MS) return held("age");

  let origin = await readOrigin(session, claim);
  // Before its metadata is visible, a renamed account would look like another person's.
  if (origin === "none" && !isSameName(user.username, claim)) {
    await sleep(SECOND_LOOK_AFTER_MS);
    origin = await readOrigin(session, claim);
  }
  if (typeof origin === "object") return { kind: "fault", fault: origin };
  if (origin === "family" || origin === "job") return held(origin);
  if (origin === "none" && !isSameName(user.username, claim)) return held("username");
  const username = normalizeUsername(user.username);
  const renamed = username !== claim.username && isUsername(username);
  return { kind: "ours", id: claim.id, note: noteOn(user, claim), ...(renamed && { username }) };
}

function held(difference: Difference): Ownership {
  return { kind: "id-held", difference };
}

/** From the metadata: created for this job, for another `family` or `job`, or without metadata. */
async function readOrigin(
  session: ZitadelSession,
  claim: AccountClaim,
): Promise<"this" | "family" | "job" | "none" | RpcFault> {
  const reply = await session.call("listUserMetadata", { userId: claim.id });
  if (!reply.ok) return isUnimplemented(reply.fault) ? "none" : reply.fault;
  const stored = new Map(reply.value.metadata.map(({ key, value }) => [key, value.toString()]));
  const jobId = stored.get(JOB_ID);
  const familyId = stored.get(FAMILY_ID);
  if (jobId !== undefined && !isSameId(jobId, claim.id)) return "job";
  if (familyId === undefined) return "none";
  return isSameId(familyId, claim.familyId) ? "this" : "family";
}

function isSameId(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

export function isSameName(username: string, { username: wanted }: Pick<AccountClaim, "username">) {
  return normalizeUsername(username) === wanted;
}

/** Zitadel itself renames the users of an organization when its login names lose their domain. */
function noteOn(user: User, claim: AccountClaim): string | null {
  const notes = [
    isSameName(user.username, claim) ? "" : `its username in Zitadel is now "${user.username}"`,
    user.state === USER_STATE.inactive ? "it is deactivated in Zitadel: reactivate it there" : "",
    user.state === USER_STATE.locked ? "it is locked in Zitadel: unlock it there" : "",
  ].filter((note) => note !== "");
  return notes.length === 0 ? null : `the account exists, but ${notes.join("; ")}`;
}

/** An answer without a user: no server was seen to send it, but the message type allows it. */
export const NO_USER = failure("unknown", "Zitadel: the answer holds no user");
