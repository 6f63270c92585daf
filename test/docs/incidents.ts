// What is planted before a section of a document is executed, for it to have something to show.
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { LOCK_CLASS, LOCK_KEYS } from "../../src/postgres/lock-keys.ts";
import { generateKey } from "../../src/passwords/generate.ts";
import type { TestDatabase } from "../support/database.ts";
import { asRole, runRoleFile, TOOL } from "../support/deployed-roles.ts";
import { givenJobUnder, ringEnv } from "../support/given-keys.ts";
import { givenRun } from "../support/given-ledger.ts";
import { givenInvitation, givenJob, type JobFields } from "../support/given.ts";
import { testRingFile } from "../support/test-server.ts";
import { givenHeld, openTransaction } from "../support/rows.ts";
import type { Scene } from "../support/scene.ts";

export interface Place {
  readonly scene: Scene;
  /** Where the commands are typed. */
  readonly folder: string;
}

/** @returns settings in addition to those of the scene */
export type Incident = (
  place: Place,
) => Promise<Readonly<Record<string, string | undefined>> | void>;

/** By the section's name. */
export const INCIDENTS: Readonly<Record<string, Incident>> = {
  'docs/privacy.md, "A request for data (15)"': async ({ scene }) => {
    await givenJob(scene.db, { username: "kim_smith" });
  },

  'docs/security.md, "Rotating a key"': async ({ folder }) => {
    await copyFile(testRingFile(), join(folder, "password-keys.json"));
  },

  'docs/migrating-from-quartz.md, "Checking the rows"': async ({ scene: { db } }) => {
    const key = await named("2026-01");
    const [updatedAt, plain] = ["now() - interval '1 hour'", "Sunny-Otter-123456"];
    const soon = "now() - interval '10 minutes'";
    await givenJobUnder(db, key, { ...numbered(1, "1 hour"), status: "Pending" });
    await givenJobUnder(db, key, { ...numbered(2, "2 hours"), status: "Processing", updatedAt });
    await givenJob(db, { ...numbered(3, "3 hours"), status: "pending", encryptedPassword: plain });
    const again = { status: " FAILED ", retryCount: 2, nextRetryAt: soon };
    await givenJobUnder(db, key, { ...numbered(4, "4 hours"), ...again });
    await givenJobUnder(db, key, { ...numbered(5, "5 hours"), status: "retrying" });
    const completed = { status: "completed", updatedAt: "now() - interval '120 days'" };
    await givenJob(db, { ...numbered(6, "120 days"), ...completed, encryptedPassword: plain });
    await givenInvitation(db, { expiresAt: "now() - interval '40 days'" });
    return ringEnv(key);
  },

  'docs/runbook.md, "Nothing is created"': async ({ scene }) => {
    for (const number of [1, 2]) {
      const nextRetryAt = "now() - interval '3 hours'";
      await givenJob(scene.db, { ...numbered(number, "3 hours"), nextRetryAt });
    }
    await givenDailyRuns(scene);
    const counts = { due: 1, claimed: 1, created: 1 };
    await givenRun(scene.db, { startedAt: "now() - interval '3 hours 10 minutes'", counts });
  },

  'docs/runbook.md, "Many failed at once"': async ({ scene }) => {
    for (const number of [1, 2, 3]) {
      await givenJob(scene.db, { ...numbered(number, "5 hours"), retryCount: 5 });
    }
    const { username } = await givenJob(scene.db, numbered(4, "1 minute"));
    const { control } = scene.zitadel;
    await control.addUser({ username });
    await control.addFault({ method: "CreateUser", kind: "db-read-error", times: 3 });
    await scene.retry(["--concurrency", "1"]);
    // Jobs are settled together or one by one, as it comes, and the last one is the sample: let it be the first id.
    await scene.db.query(
      `update auth.queued_managed_account_creations
       set updated_at = (select min(updated_at) from auth.queued_managed_account_creations)`,
    );
    await whenTimeHasPassed(scene.db, "2 hours");
  },

  'docs/runbook.md, "Someone requeued too much"': async ({ scene }) => {
    for (const number of [1, 2, 3]) {
      const failed = { status: "failed", retryCount: 5, lastErrorCode: "internal" };
      await givenJob(scene.db, { ...numbered(number, "5 hours"), ...failed });
    }
    const requeue = ["queue", "requeue", "--status", "failed", "--yes"];
    await scene.cli([...requeue, "--actor", "robin", "--reason", "INC-4711"]);
  },

  'docs/runbook.md, "A pod or host was killed"': async ({ scene }) => {
    await givenDailyRuns(scene);
    const startedAt = "now() - interval '2 minutes 10 seconds'";
    const runId = await givenRun(scene.db, { startedAt, outcome: null, host: "jobs-1" });
    for (const number of [1, 2]) {
      await givenHeld(
        scene.db,
        await givenJob(scene.db, numbered(number, "3 minutes")),
        "3 minutes",
      );
    }
    await scene.db.query(
      "update auth.queued_managed_account_creations set claimed_by_run_id = $1, next_retry_at = null",
      [runId],
    );
  },

  'docs/runbook.md, "One parent calls"': async ({ scene }) => {
    const key = await named("2026-01");
    const job = { ...numbered(1, "1 minute"), username: "kim_smith", fullName: "Kim Smith" };
    await givenJobUnder(scene.db, key, job);
    const { userId } = await scene.zitadel.control.addUser({ username: "kim_smith" });
    await scene.retry([], ringEnv(key));
    // The user who had the name has another one by now.
    await scene.zitadel.control.deleteUser(userId);
    await scene.zitadel.control.addUser({ username: "somebody_else" });
    await whenTimeHasPassed(scene.db, "23 hours");
    return ringEnv(key);
  },

  'docs/runbook.md, "Zitadel was down all night"': async ({ scene }) => {
    for (const number of [1, 2, 3, 4, 5]) {
      // Those that spent their last retry in that night were created long before it.
      const spent = number < 3;
      const job = numbered(number, spent ? "2 days" : "1 hour");
      await givenJob(scene.db, { ...job, retryCount: spent ? 5 : 0 });
    }
    const taken = { status: "failed", lastErrorCode: "username_taken" };
    const { username } = await givenJob(scene.db, { ...numbered(6, "3 days"), ...taken });
    const { control } = scene.zitadel;
    await control.addUser({ userId: "359095890517230631", username });
    await control.addFault({ method: "CreateUser", kind: "grpc", code: 4, times: 1 });
    await control.addFault({ method: "CreateUser", kind: "grpc", code: 14, times: 4 });
    await scene.retry(["--concurrency", "1"]);
    await whenTimeHasPassed(scene.db, "8 hours");
    await givenRun(scene.db, { outcome: "unavailable", took: "120 ms" });
  },

  'docs/runbook.md, "A run hangs, or its host is gone"': async ({ scene: { db } }) => {
    const startedAt = "now() - interval '20 minutes'";
    const runId = await givenRun(db, { startedAt, outcome: null, host: "jobs-1", pid: 4711 });
    // Ended behind the section's last command.
    const lock = `${LOCK_CLASS}, ${LOCK_KEYS["retry-accounts"]}`;
    await openTransaction(
      db,
      `set application_name = 'fhj retry-accounts ${runId}'; select pg_advisory_xact_lock(${lock})`,
    );
  },

  'docs/runbook.md, "A password key is missing"': async ({ scene, folder }) => {
    const [now, before] = [await named("2026-01"), await named("2025-07")];
    await givenJobUnder(scene.db, now, numbered(1, "10 minutes"));
    await givenJobUnder(scene.db, before, numbered(2, "20 minutes"));
    await givenDailyRuns(scene);
    await mkdir(join(folder, "backup"));
    for (const [file, keys] of [
      ["ring.json", [now]],
      ["backup/ring.json", [now, before]],
    ] as const) {
      await writeFile(join(folder, file), JSON.stringify({ keys }), { mode: 0o600 });
    }
    return { PASSWORD_KEYS_FILE: "ring.json" };
  },

  'docs/runbook.md, "The database refuses a row"': async ({ scene }) => {
    await givenDailyRuns(scene);
    const expiresAt = "now() - interval '40 days'";
    for (let n = 0; n < 3; n += 1) await givenInvitation(scene.db, { expiresAt });
    const noted = await givenInvitation(scene.db, { expiresAt });
    // Only from the tool: the section's end empties the tables.
    await scene.db.query(`
      create function auth.keep_noted() returns trigger language plpgsql as $$
        begin
          if old.invitation_id = '${noted}' and current_setting('application_name') like 'fhj %' then
            raise exception 'guest notes refer to this invitation';
          end if;
          return old;
        end $$;
      create trigger keep_noted before delete on auth.family_member_invitations
        for each row execute function auth.keep_noted();`);
    await scene.cli(["purge-invitations"]);
    await whenTimeHasPassed(scene.db, "3 hours");
    await givenRun(scene.db, { startedAt: "now() - interval '30 seconds'" });
  },

  'docs/runbook.md, "The database\'s disk was full"': async ({ scene }) => {
    const startedAt = "now() - interval '40 minutes'";
    const runId = await givenRun(scene.db, { startedAt, outcome: null });
    for (const number of [1, 2]) {
      const job = await givenJob(scene.db, numbered(number, "40 minutes"));
      await givenHeld(scene.db, job, "-35 minutes");
      // Created, but there was no room to write it down.
      await scene.zitadel.control.addUser({ userId: job.id, username: job.username });
    }
    await scene.db.query(
      "update auth.queued_managed_account_creations set claimed_by_run_id = $1, next_retry_at = null",
      [runId],
    );
    await scene.db.query(FULL_FOR_ONE_RUN);
  },

  'docs/runbook.md, "Row level security hides rows"': async ({ scene: { db } }) => {
    await runRoleFile(db);
    await givenJob(db, numbered(1, "10 minutes"));
    // The other sections' role is a superuser, which it does not concern.
    await db.query(
      `alter table auth.families enable row level security;
       alter table auth.users enable row level security`,
    );
    return asRole(db, TOOL);
  },
};

async function givenDailyRuns({ db }: Scene): Promise<void> {
  for (const command of ["purge-invitations", "purge-jobs"]) {
    await givenRun(db, { command, startedAt: "now() - interval '5 hours'" });
  }
}

/** As Postgres says it when a table cannot grow: for the two lines that one run tries to write. */
const FULL_FOR_ONE_RUN = `
  create sequence public.tries;
  create function public.refuse() returns trigger language plpgsql as $$
    begin
      if nextval('public.tries') <= 2 then
        raise exception 'could not extend file "base/16384/24601": No space left on device'
          using errcode = 'disk_full';
      end if;
      return new;
    end $$;
  create trigger full_disk before insert on family_hub_jobs.runs
    for each row execute function public.refuse();`;

/** A job that the document shows, older than the next one. */
function numbered(number: number, age: string): JobFields {
  const at = `now() - interval '${age}' + interval '${number} seconds'`;
  // No two begin alike, as those of FamilyHub.
  const begin = ((0x3f0c6c1e + number * 0x9e3779b1) % 2 ** 32).toString(16).padStart(8, "0");
  const id = `${begin}-7a52-4e0b-9d11-00000000000${number}`;
  return { id, username: `kid_${number}`, createdAt: at, updatedAt: at };
}

async function named(kid: string): Promise<object> {
  return { ...(await generateKey("EC")), kid };
}

/** All that was written down so far was so long ago. */
async function whenTimeHasPassed(db: TestDatabase, age: string): Promise<void> {
  const earlier = (column: string) => `${column} = ${column} - interval '${age}'`;
  await db.query(
    `update auth.queued_managed_account_creations
     set ${["created_at", "updated_at", "next_retry_at"].map(earlier).join()};
     update auth.outbox_events set ${earlier("created_at")};
     update family_hub_jobs.attempts set ${earlier("finished_at")};
     update family_hub_jobs.runs set ${["started_at", "finished_at"].map(earlier).join()};
     update family_hub_jobs.breaker set ${earlier("opened_at")};`,
  );
}
