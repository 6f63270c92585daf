// What a peer's handler does with a job, the same as ours: opens the password, creates the account in
// Zitadel, writes the user row and the event that tells FamilyHub.
//
// Ours also keeps an attempt, and what a retry needs; that is part of the queue, as theirs is of theirs.
import { readFile } from "node:fs/promises";
import { compactDecrypt, importJWK } from "jose";

export const CONCURRENCY = Number(process.env.BENCH_CONCURRENCY ?? 10);
export const CONNECTION = process.env.DATABASE_URL;
export const QUEUE = "create_account";

const COLUMNS = `(id, email, email_verified, email_verified_at, external_user_id, external_provider,
  family_id, role, username, full_name, zitadel_user_id)`;

const EVENT = `
  insert into auth.outbox_events
    (event_id, event_type, event_version, aggregate_type, aggregate_id, payload, status)
  select gen_random_uuid(), 'FamilyHub.Modules.Auth.Domain.Events.ManagedAccountCreatedEvent', 1,
         'User', id, jsonb_build_object('eventVersion', 1, 'jobId', external_user_id,
           'familyId', family_id, 'userId', id, 'username', username, 'fullName', full_name,
           'role', role, 'zitadelUserId', zitadel_user_id), 0
  from new_user`;

export const INSERT_USER = {
  name: "insert-user",
  text: `with new_user as (
      insert into auth.users ${COLUMNS}
      values (gen_random_uuid(), $1, true, now(), $2, 'zitadel', $3, 'managed_account', $4, $5, $2)
      returning *
    ) ${EVENT}`,
};

export const INSERT_USERS = {
  name: "insert-users",
  text: `with new_user as (
      insert into auth.users ${COLUMNS}
      select gen_random_uuid(), email, true, now(), id, 'zitadel', family, 'managed_account', name, full_name, id
      from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[])
        as account (email, id, family, name, full_name)
      returning *
    ) ${EVENT}`,
};

/** With jose, as a peer's users would, or with this tool's own code. */
export async function openPasswords() {
  const text = await readFile(process.env.PASSWORD_KEYS_FILE, "utf8");
  const own = process.env.BENCH_OPENER;
  return own === undefined ? withJose(text) : withOurs(text, await import(own));
}

async function withJose(text) {
  const key = await importJWK(JSON.parse(text).keys[0], "ECDH-ES");
  return async ({ sealed, ...job }) => {
    const { plaintext } = await compactDecrypt(sealed, key);
    return { ...job, password: new TextDecoder().decode(plaintext) };
  };
}

function withOurs(text, { openEnvelope, parseKeyRing, Secret }) {
  const ring = parseKeyRing(new Secret(text), "the benchmark's ring");
  return ({ sealed, ...job }) => {
    const { content } = openEnvelope(sealed, job.id, ring);
    return { ...job, password: content.value.reveal() };
  };
}

/** In the order of the placeholders. */
export function userValues({ id, familyId, username, fullName }) {
  return [`${username}@noemail.family-hub.internal`, id, familyId, username, fullName];
}

export function userColumns(jobs) {
  const rows = jobs.map(userValues);
  return [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column]));
}

/** Like `Promise.all`, with at most that many under way. */
export async function allWithin(limit, items, work) {
  const next = items[Symbol.iterator]();
  const worker = async () => {
    for (const item of next) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
