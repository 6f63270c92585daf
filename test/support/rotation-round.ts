// A rotation that is killed half-way and run again, while runs of retry-accounts work.
import { expect } from "chai";
import { readFile } from "node:fs/promises";
import { generateKey } from "../../src/passwords/generate.ts";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { Secret } from "../../src/secret.ts";
import { expectEachOnce } from "./books.ts";
import type { TestDatabase } from "./database.ts";
import { ringEnv, unseal } from "./given-keys.ts";
import { ringOf } from "./given-ring.ts";
import { givenFamily } from "./given.ts";
import { holdRotationAt } from "./held-rotation.ts";
import type { Running, Scene } from "./scene.ts";

export interface RoundSize {
  readonly jobs: number;
  readonly batchSize: number;
  /** Runs of retry-accounts during each of the two rotations, and how many jobs each may claim. */
  readonly runs: number;
  readonly limit: number;
}

export interface RoundReport {
  readonly created: number;
  readonly rotatedBeforeDeath: number;
  readonly rotatedAfterwards: number;
  readonly secondRotationMs: number;
  /** The most memory that a rotation used, in MB; 0 if the system does not show it. */
  readonly peakMb: number;
}

interface RotateJson {
  readonly rotated: number;
  readonly durationMs: number;
}

/** Each job has a password of its own, so that one that changed places would show. */
const passwordOf = (id: string) => `Aa1!${id.slice(0, 18)}`;

/** @throws when a job is lost, or a password does not open, or is another's, or is under the old key */
export async function rotateThroughDeath(scene: Scene, size: RoundSize): Promise<RoundReport> {
  const [old, fresh] = [await generateKey("oct"), await generateKey("EC")];
  const env = ringEnv(fresh, old);
  const ids = await givenJobsUnder(scene.db, old, size.jobs);
  const rotation = ["keys", "rotate", "--json", "--batch-size", String(size.batchSize)];
  const runs = async () => {
    for (let i = 0; i < size.runs; i += 1) {
      const { code, report } = await scene.retry(["--limit", String(size.limit)], env);
      expect({ code, ...report }).to.include({ code: 0, retried: 0, failed: 0 });
    }
  };

  const hold = await holdRotationAt(scene.db, size.jobs / 2);
  const killed = scene.start(rotation, env);
  const firstPeak = watchMemory(killed);
  await Promise.all([hold.reached(), runs()]);
  killed.kill("SIGKILL");
  await killed.ended;
  await hold.release();
  const rotatedBeforeDeath = await rotatedSoFar(scene.db);

  const second = scene.start([...rotation, "--wait", "20s"], env);
  const secondPeak = watchMemory(second);
  const [{ code, stdout }] = await Promise.all([second.ended, runs()]);
  expect(code).to.equal(0);
  const report = JSON.parse(stdout) as RotateJson;
  // What the runs held when the rotation came by waits under the old key no longer after this one.
  const rest = await scene.json<RotateJson>(rotation, env);

  await expectAllSafe(scene, ids, fresh);
  const created = (await scene.zitadel.control.listUsers()).length;
  return {
    ...{ created, rotatedBeforeDeath, rotatedAfterwards: report.rotated + rest.rotated },
    secondRotationMs: report.durationMs,
    peakMb: Math.max(await firstPeak, await secondPeak),
  };
}

async function givenJobsUnder(db: TestDatabase, key: object, count: number): Promise<string[]> {
  const [family, ring] = [await givenFamily(db), ringOf(key)];
  const ids = Array.from({ length: count }, () => crypto.randomUUID());
  const BATCH = 5000;
  for (let from = 0; from < count; from += BATCH) {
    const batch = ids.slice(from, from + BATCH);
    const seal = (id: string) =>
      sealEnvelope({ kind: "password", value: new Secret(passwordOf(id)) }, id, ring);
    await db.query(
      `insert into auth.queued_managed_account_creations
         (id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
          status, next_retry_at)
       select id, $2, 'kid_' || $4::int + n, 'Kim Smith', 'managed_account', jwe, $2, 'pending', now()
       from unnest($1::uuid[], $3::text[]) with ordinality as job (id, jwe, n)`,
      [batch, family, await Promise.all(batch.map(seal)), from],
    );
  }
  return ids;
}

async function rotatedSoFar(db: TestDatabase): Promise<number> {
  const { rotated } = await db.one<{ rotated: number }>(
    `select coalesce(sum((after ->> 'rotated')::int), 0)::int as rotated
     from family_hub_jobs.operator_actions where verb = 'rotate'`,
  );
  return rotated;
}

async function expectAllSafe(scene: Scene, ids: readonly string[], fresh: object): Promise<void> {
  const rows = await scene.db.query<{ id: string; status: string; jwe: string }>(
    "select id, status, encrypted_password as jwe from auth.queued_managed_account_creations",
  );
  expect(rows.map(({ id }) => id).sort()).to.deep.equal([...ids].sort());
  const waiting = rows.filter(({ status }) => status !== "completed");
  const wrong: string[] = [];
  for (const { id, status, jwe } of waiting) {
    // Only the new key is there: what is under the old one does not open.
    const { password } = await unseal(jwe, id, [fresh]);
    if (password !== passwordOf(id) || status !== "pending") wrong.push(id);
  }
  const users = await scene.zitadel.control.listUsers();
  for (const { userId, password } of users) {
    if (password !== passwordOf(userId)) wrong.push(userId);
  }
  expect(wrong).to.deep.equal([]);
  const completed = rows.filter(({ status }) => status === "completed").map(({ id }) => id);
  await expectEachOnce(scene, completed);
}

/** Resolves to the most memory, in MB, that the process was seen to hold by its end. */
async function watchMemory({ process: { pid }, ended }: Running): Promise<number> {
  let peak = 0;
  const timer = setInterval(() => {
    readFile(`/proc/${pid}/status`, "utf8").then(
      (status) => (peak = Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? peak)),
      () => undefined,
    );
  }, 50);
  await ended;
  clearInterval(timer);
  return Math.round(peak / 1024);
}
