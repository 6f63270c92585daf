// The jobs that FamilyHub adds, one a minute: most are good, some are bad, some meet errors of Zitadel's.
import { givenJobUnder } from "../support/given-keys.ts";
import { givenJob, type JobFields } from "../support/given.ts";
import { isIn, type Calendar } from "./calendar.ts";
import type { Stage } from "./stage.ts";

/** What must become of each job, by id. */
export interface Expected {
  readonly completed: Set<string>;
  /** With the code it must fail with. */
  readonly failed: Map<string, string>;
}

/** All retries take 321 minutes, and more where runs cannot do what is due. */
const ALL_RETRIES = 400;
const RETRIES = 5;

/** How often in turn Zitadel refuses a job with an error of its own; or it loses its answer, once. */
const REFUSALS = [RETRIES, "answer lost", RETRIES + 1, 1, 2, 3, 4] as const;

/** Adds the job of that minute, and orders what it meets in Zitadel. */
export async function arrive(
  minute: number,
  { minutes, outage }: Calendar,
  { db, familyId, key, control }: Stage,
  expected: Expected,
): Promise<void> {
  // The last runs find nothing new, so that everything has come to its end.
  if (minute >= minutes - 5) return;
  const username = `kid_${minute}`;
  const add = (fields: JobFields = {}) =>
    fields.encryptedPassword === undefined
      ? givenJobUnder(db, key, { username, familyId, ...fields })
      : givenJob(db, { username, familyId, ...fields });

  if (minute % 499 === 30) {
    const { id } = await add({ password: "weak" });
    expected.failed.set(id, "invalid_argument");
  } else if (minute % 613 === 40) {
    await control.addUser({ username });
    const { id } = await add();
    expected.failed.set(id, "username_taken");
  } else if (minute % 577 === 50) {
    const { id } = await add({ encryptedPassword: "garbage" });
    expected.failed.set(id, "undecryptable");
  } else if (minute % 31 === 7 && minute + ALL_RETRIES < minutes && !isIn(outage, minute)) {
    // Not in the outage: at its end such jobs would be retried together, and open the breaker again.
    const { id } = await add();
    const refusals = REFUSALS[Math.floor(minute / 31) % REFUSALS.length] ?? RETRIES;
    const refused = { method: "CreateUser", match: { username }, code: 13 } as const;
    await control.addFault(
      refusals === "answer lost"
        ? { ...refused, kind: "commit-then-status", times: 1 }
        : { ...refused, kind: "grpc", times: refusals },
    );
    if (refusals === RETRIES + 1) expected.failed.set(id, "internal");
    else expected.completed.add(id);
  } else {
    expected.completed.add((await add()).id);
  }
}
