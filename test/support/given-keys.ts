// Rings as files, jobs whose passwords are sealed under a chosen key, and what is sealed in a row.
import { randomUUID } from "node:crypto";
import { decodeProtectedHeader } from "jose";
import { openEnvelope } from "../../src/passwords/open-envelope.ts";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { Secret } from "../../src/secret.ts";
import type { TestDatabase } from "./database.ts";
import { ringOf } from "./given-ring.ts";
import { givenJob, readJob, type GivenJob, type JobFields } from "./given.ts";

export interface SealedFields extends JobFields {
  readonly kind?: "password" | "hash";
}

/** A job as the API adds it when `key` is the one it encrypts with. */
export async function givenJobUnder(
  db: TestDatabase,
  key: object,
  fields: SealedFields = {},
): Promise<GivenJob> {
  const id = fields.id ?? randomUUID();
  const password = fields.password ?? `Aa1!${id.slice(0, 13)}`;
  const content = { kind: fields.kind ?? "password", value: new Secret(password) } as const;
  const encryptedPassword = await sealEnvelope(content, id, ringOf(key));
  return givenJob(db, { ...fields, id, password, encryptedPassword });
}

export interface SealedPassword {
  readonly kid: string;
  readonly kind: string;
  readonly password: string;
}

/** What the row of a job holds, opened with these keys alone. */
export async function readSealed(
  db: TestDatabase,
  id: string,
  ...keys: readonly object[]
): Promise<SealedPassword> {
  return unseal((await readJob(db, id)).encryptedPassword, id, keys);
}

/** @throws when it does not open */
export async function unseal(
  jwe: string,
  id: string,
  keys: readonly object[],
): Promise<SealedPassword> {
  const opened = openEnvelope(jwe, id, ringOf(...keys));
  if (opened.kind !== "opened") throw new Error(`${id}: ${JSON.stringify(opened)}`);
  const { kind, value } = opened.content;
  return { kid: String(decodeProtectedHeader(jwe)["kid"]), kind, password: value.reveal() };
}

/** The settings for a ring of these keys in the environment, the first one first. */
export function ringEnv(...keys: readonly object[]): Record<string, string | undefined> {
  return { PASSWORD_KEYS_FILE: undefined, PASSWORD_KEYS: JSON.stringify({ keys }) };
}
