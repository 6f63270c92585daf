// Due jobs, each with a password of its own: in our queue, and as a list for the peers.
import { randomUUID } from "node:crypto";
import { sealEnvelope } from "../../../src/passwords/seal-envelope.ts";
import type { KeyRing } from "../../../src/passwords/key-ring.ts";
import { Secret } from "../../../src/secret.ts";
import type { BenchDatabase } from "./database.ts";

export interface PlainJob {
  readonly id: string;
  readonly familyId: string;
  readonly username: string;
  readonly fullName: string;
  readonly password: string;
  /** The same as an envelope. */
  readonly sealed: string;
}

const BATCH = 2000;
const FAMILY_SIZE = 4;

/** As long as bcrypt's; nobody signs in with it. */
const HASH = `$2b$12$${"a".repeat(53)}`;

/** @param ring the passwords, or their hashes, are sealed under its first key */
export async function makeJobs(
  count: number,
  ring: KeyRing,
  kind: "password" | "hash" = "password",
): Promise<PlainJob[]> {
  const families = Array.from({ length: Math.ceil(count / FAMILY_SIZE) }, () => randomUUID());
  const jobs: PlainJob[] = [];
  while (jobs.length < count) {
    const numbers = Array.from({ length: Math.min(BATCH, count - jobs.length) }, (_, n) => n);
    const from = jobs.length;
    const make = async (n: number): Promise<PlainJob> => {
      const id = randomUUID();
      const password = kind === "hash" ? HASH : `Aa1!${id.slice(0, 13)}`;
      const content = { kind, value: new Secret(password) };
      return {
        ...{
          id,
          familyId: families[(from + n) % families.length] ?? "",
          username: `kid_${from + n}`,
        },
        ...{ fullName: "Kim Smith", password, sealed: await sealEnvelope(content, id, ring) },
      };
    };
    jobs.push(...(await Promise.all(numbers.map(make))));
  }
  return jobs;
}

export async function enqueueOurs(db: BenchDatabase, jobs: readonly PlainJob[]): Promise<void> {
  await givenFamiliesOf(db, jobs);
  for (let from = 0; from < jobs.length; from += BATCH) {
    await db.query(ENQUEUE, [JSON.stringify(jobs.slice(from, from + BATCH))]);
  }
  await db.query("vacuum analyze");
}

const ENQUEUE = `
  insert into auth.queued_managed_account_creations
    (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status,
     next_retry_at)
  select id, "familyId", username, "fullName", 'managed_account', sealed, "familyId", 'pending',
         now() - interval '1 hour'
  from jsonb_to_recordset($1::jsonb)
    as job (id uuid, "familyId" uuid, username text, "fullName" text, sealed text)`;

export async function givenFamiliesOf(db: BenchDatabase, jobs: readonly PlainJob[]): Promise<void> {
  const ids = [...new Set(jobs.map(({ familyId }) => familyId))];
  await db.query(
    `insert into auth.families (id, name, owner_id)
     select id, 'Smith', id from unnest($1::uuid[]) as family (id)`,
    [ids],
  );
}
