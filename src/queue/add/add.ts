// Enqueues a job as FamilyHub's API does, and encrypts its password before it reaches the database.
import { randomUUID } from "node:crypto";
import { NotFoundError, UsageError } from "../../errors.ts";
import {
  isBlank,
  isUsername,
  isUuid,
  normalizeUsername,
  ROLES,
  USERNAME_RULE,
} from "../../domain/job.ts";
import { ENVELOPE_LENGTH, type OpenedEnvelope } from "../../passwords/envelope.ts";
import { sealEnvelope } from "../../passwords/seal-envelope.ts";
import type { KeyRing } from "../../passwords/key-ring.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { readFamilyState } from "../../queue-table/family-state.sql.ts";
import { addJob } from "./add.sql.ts";
import type { OperatorAction } from "../../domain/operator-action.ts";
import { QUEUE } from "../../queue-table/queue.sql.ts";
import { changedByTrigger } from "../../postgres/row-refused.ts";

export interface NewAccountFields {
  readonly username: string;
  readonly fullName: string;
  readonly familyId: string;
  readonly createdBy: string;
  readonly role: string;
}

/** @throws UsageError naming the first field that FamilyHub would not accept */
export function checkNewAccount(raw: NewAccountFields): NewAccountFields {
  const username = normalizeUsername(raw.username);
  if (!isUsername(username)) {
    throw new UsageError(`--username is "${raw.username}": it must be ${USERNAME_RULE}.`);
  }
  const fullName = raw.fullName.trim();
  // Counted in code points, as Postgres counts a varchar.
  const length = Array.from(fullName).length;
  if (isBlank(fullName)) throw new UsageError("--name is blank: it must contain a name.");
  if (length > 100) {
    throw new UsageError(`--name has ${length} characters: it must have 1 to 100.`);
  }
  if (!isUuid(raw.familyId))
    throw new UsageError(`--family is "${raw.familyId}": it must be a UUID.`);
  if (!isUuid(raw.createdBy))
    throw new UsageError(`--created-by is "${raw.createdBy}": it must be a UUID.`);
  if (!ROLES.some((role) => role === raw.role)) {
    throw new UsageError(`--role is "${raw.role}": it must be one of ${ROLES.join(", ")}.`);
  }
  return { ...raw, username, fullName };
}

/** In bytes of UTF-8; Zitadel answers a longer password with an error without a cause. */
const LONGEST_PASSWORD = 72;

/** @returns the new job's id */
export async function addToQueue(
  account: NewAccountFields,
  password: OpenedEnvelope,
  ring: KeyRing,
  action: OperatorAction,
  lock: HeldLock,
): Promise<string> {
  if (
    password.kind === "password" &&
    Buffer.byteLength(password.value.reveal()) > LONGEST_PASSWORD
  ) {
    throw new UsageError(
      `The password is longer than the ${LONGEST_PASSWORD} bytes that Zitadel's bcrypt takes.`,
    );
  }
  // Imports the private half, too: if the halves do not match, nobody could decrypt the password.
  ring.first.decrypting();
  const id = randomUUID();
  const encryptedPassword = await sealEnvelope(password, id, ring);
  if (encryptedPassword.length > ENVELOPE_LENGTH) {
    throw new UsageError(
      `The encrypted password has ${encryptedPassword.length} characters, but only ${ENVELOPE_LENGTH} fit: ` +
        `use a shorter password, or a first key with a shorter kid than "${ring.first.kid}".`,
    );
  }
  const job = { ...account, id, encryptedPassword, createdByUserId: account.createdBy };
  if (!(await addJob(lock, job, action))) {
    const { familyId } = account;
    const state = await readFamilyState(lock, familyId);
    if (state === "present") throw changedByTrigger(QUEUE);
    throw new NotFoundError(
      state === "deleted"
        ? `The family ${familyId} was deleted in FamilyHub: restore it there first, or check --family.`
        : `FamilyHub has no family ${familyId}: check --family.`,
    );
  }
  return id;
}
