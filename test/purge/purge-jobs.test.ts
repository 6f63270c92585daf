// purge-jobs: which jobs, passwords and history go after which time, and what is said about it.
import { expect } from "chai";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJob, readJob, type JobFields } from "../support/given.ts";
import { givenAttempts, givenRun, readActions } from "../support/given-history.ts";
import { everything, givenHeld, moment, openTransaction, readRuns } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

interface PurgeJson {
  readonly outcome: string;
  readonly deleted: number;
  readonly erased: number;
  readonly attempts: number;
  readonly runs: number;
  readonly batches: number;
}

const QUEUE = "auth.queued_managed_account_creations";
const COMMAND = ["purge-jobs"];
const daysAgo = (days: number) => `now() - interval '${days} days'`;
const COMPLETED_LONG_AGO = { status: "completed", completedAt: daysAgo(91) };
const FAILED_LONG_AGO = { status: "failed", retryCount: 5, updatedAt: daysAgo(31) };

async function givenCompleted(scene: Scene, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await givenJob(scene.db, { status: "completed", completedAt: daysAgo(91 + i) });
  }
}

async function jobIds(scene: Scene): Promise<string[]> {
  const rows = await scene.db.query<{ id: string }>(`select id from ${QUEUE} order by id`);
  return rows.map(({ id }) => id);
}

for (const variant of VARIANTS) {
  describe(`purge-jobs on the ${variant} database in another time zone`, () => {
    const scene = setScene(variant);
    const ago = (days: number, more: string) => moment(variant, `-${days} days ${more}`);
    const zoned = (days: number, more: string) => `now() + interval '-${days} days ${more}'`;
    let env: Record<string, string>;

    before(async () => {
      const { name } = await scene.db.one<{ name: string }>("select current_database() as name");
      await scene.db.query(`alter database "${name}" set timezone to 'Asia/Kathmandu'`);
      const options = encodeURIComponent("-c TimeZone=America/Los_Angeles");
      env = { TZ: "Pacific/Auckland", DATABASE_URL: `${scene.db.url}&options=${options}` };
    });

    async function given(jobs: Record<string, JobFields>): Promise<Map<string, string>> {
      const names = new Map<string, string>();
      for (const [name, fields] of Object.entries(jobs)) {
        names.set((await givenJob(scene.db, fields)).id, name);
      }
      return names;
    }

    it("deletes jobs completed 90 days ago, by our time or else by their last change", async () => {
      const recent = moment(variant, "0 seconds");
      const kept: Record<string, JobFields> = {
        "completed now": { status: "completed", completedAt: "now()" },
        "completed 90 days ago but for a minute": {
          ...{ status: "completed", completedAt: zoned(90, "1 minute"), updatedAt: ago(200, "") },
        },
        "completed elsewhere, 90 days ago but for a minute": {
          ...{ status: "completed", updatedAt: ago(90, "1 minute") },
        },
        "pending for long": { createdAt: ago(300, ""), updatedAt: ago(300, "") },
        "processing for long": { status: "processing", updatedAt: ago(300, "") },
        "failed for long": { status: "failed", updatedAt: ago(300, "") },
        "of an unknown status": { status: "archived", updatedAt: ago(300, "") },
      };
      const gone: Record<string, JobFields> = {
        "completed 90 days and a minute ago": {
          ...{ status: "completed", completedAt: zoned(90, "-1 minute"), updatedAt: recent },
        },
        "completed elsewhere, 90 days and a minute ago": {
          ...{ status: "completed", updatedAt: ago(90, "-1 minute") },
        },
        "completed in other case": { status: " Completed\n", updatedAt: ago(100, "") },
      };
      const names = await given({ ...kept, ...gone });

      const { stdout } = await scene.cli([...COMMAND, "--json"], env);

      expect(JSON.parse(stdout)).to.include({ outcome: "completed", deleted: 3 });
      const left = (await jobIds(scene)).map((id) => names.get(id));
      expect(left).to.have.members(Object.keys(kept));
    });

    it("erases passwords of jobs failed permanently 30 days ago; nothing else of the row changes", async () => {
      const old = { status: "failed", updatedAt: ago(30, "-1 minute") };
      const waiting = moment(variant, "1 day");
      const kept: Record<string, JobFields> = {
        "failed 30 days ago but for a minute": { ...old, updatedAt: ago(30, "1 minute") },
        "failed long ago, to be retried": { ...old, nextRetryAt: waiting },
        "pending for long": { updatedAt: ago(300, "") },
        "processing for long": { status: "processing", updatedAt: ago(300, "") },
      };
      const erased: Record<string, JobFields> = {
        "failed 30 days and a minute ago": old,
        "in other case": { ...old, status: "Failed " },
      };
      const names = await given({ ...kept, ...erased });
      const rest = `select jsonb_agg(to_jsonb(q) - 'encrypted_password' order by q.id) as rows from ${QUEUE} q`;
      const before = await scene.db.one<object>(rest);

      const { stdout } = await scene.cli([...COMMAND, "--json"], env);

      expect(JSON.parse(stdout)).to.include({ outcome: "completed", deleted: 0, erased: 2 });
      const without = await scene.db.query<{ id: string }>(
        `select id from ${QUEUE} where encrypted_password = ''`,
      );
      expect(without.map(({ id }) => names.get(id))).to.have.members(Object.keys(erased));
      expect(await scene.db.one<object>(rest)).to.deep.equal(before);
    });

    it("counts with --dry-run exactly what the next run purges, and changes nothing", async () => {
      const done = await givenJob(scene.db, { status: "completed", completedAt: daysAgo(91) });
      await givenJob(scene.db, { status: "completed", updatedAt: ago(91, "") });
      await givenJob(scene.db, { status: "failed", updatedAt: ago(31, "") });
      await givenJob(scene.db);
      await givenAttempts(scene.db, 3, daysAgo(91), done.id);
      await givenAttempts(scene.db, 2, daysAgo(91));
      await givenRun(scene.db, daysAgo(91));
      const before = { ...(await everything(scene.db)), runs: (await readRuns(scene.db)).length };

      const dry = await scene.cli([...COMMAND, "--dry-run", "--json"], env);
      const between = { ...(await everything(scene.db)), runs: (await readRuns(scene.db)).length };
      const wet = await scene.cli([...COMMAND, "--json"], env);

      // A dry run has its own line in the ledger, as every run.
      expect(between).to.deep.equal({ ...before, runs: before.runs + 1 });
      const expected = { deleted: 2, erased: 1, attempts: 5, runs: 1 };
      expect(JSON.parse(dry.stdout)).to.deep.include({ ...expected, batches: 0 });
      expect(JSON.parse(wet.stdout)).to.deep.include({ ...expected, batches: 5 });
    });
  });
}

describe("purge-jobs", () => {
  const scene = setScene();

  it("deletes the attempts of a deleted job with it, whatever their age, and no others", async () => {
    const gone = await givenJob(scene.db, COMPLETED_LONG_AGO);
    const failed = await givenJob(scene.db, FAILED_LONG_AGO);
    await givenAttempts(scene.db, 2, "now()", gone.id);
    await givenAttempts(scene.db, 3, daysAgo(300), failed.id);

    const report = await scene.json<PurgeJson>(COMMAND);

    expect(report).to.include({ deleted: 1, erased: 1, attempts: 2 });
    const left = await scene.db.query<{ id: string }>(
      "select distinct job_id as id from family_hub_jobs.attempts",
    );
    expect(left).to.deep.equal([{ id: failed.id }]);
  });

  it("deletes old attempts of jobs that the API deleted, and keeps young ones", async () => {
    await givenAttempts(scene.db, 4, daysAgo(91));
    const young = await givenAttempts(scene.db, 1, daysAgo(89));

    const report = await scene.json<PurgeJson>([...COMMAND, "--batch-size", "3"]);

    expect(report).to.include({ deleted: 0, attempts: 4, batches: 2 });
    const left = await scene.db.query("select job_id as id from family_hub_jobs.attempts");
    expect(left).to.deep.equal([{ id: young }]);
  });

  it("deletes old lines of the ledger, and keeps young ones and the audit", async () => {
    await givenRun(scene.db, daysAgo(91));
    const young = await givenRun(scene.db, daysAgo(89));
    await scene.db.query(
      `insert into family_hub_jobs.operator_actions (at, actor, verb)
       values (now() - interval '3 years', 'alice', 'requeue')`,
    );

    const report = await scene.json<PurgeJson & { runId: string }>(COMMAND);

    expect(report).to.include({ runs: 1, batches: 1 });
    const left = (await readRuns(scene.db)).map(({ runId }) => runId);
    expect(left).to.have.members([young, report.runId]);
    expect((await readActions(scene.db)).map(({ verb }) => verb)).to.include("requeue");
  });

  it("leaves a failed job with an impossible retry_count alone", async () => {
    await scene.db.query(`alter table ${QUEUE} drop constraint if exists
      ck_queued_managed_account_creations_retry_count`);
    const job = await givenJob(scene.db, { ...FAILED_LONG_AGO, retryCount: 9 });

    expect(await scene.json<PurgeJson>(COMMAND)).to.include({ erased: 0, batches: 0 });
    expect((await readJob(scene.db, job.id)).encryptedPassword).not.to.equal("");
  });

  it("lets queue requeue say that the password of a failed job is erased", async () => {
    const job = await givenJob(scene.db, FAILED_LONG_AGO);
    await scene.cli(COMMAND);

    const { code, stdout } = await scene.cli(["queue", "requeue", job.id]);

    expect(code).to.equal(0);
    expect(stdout).to.include(`${job.id} skipped: its password is erased`);
    expect(await readJob(scene.db, job.id)).to.include({ status: "failed", retryCount: 5 });
  });

  it("says what it did in exactly the documented keys", async () => {
    const report = await scene.json<Record<string, unknown>>(COMMAND);

    expect(Object.keys(report)).to.have.members([
      ...["command", "runId", "outcome", "reason", "startedAt", "finishedAt", "durationMs"],
      ...["deleted", "erased", "attempts", "runs", "batches", "refused", "refusedCount"],
    ]);
    expect(report).to.include({ command: "purge-jobs", outcome: "completed", reason: null });
  });

  it("prints one line when it purged; a second run finds nothing and is silent", async () => {
    await givenCompleted(scene, 2);
    await givenJob(scene.db, FAILED_LONG_AGO);

    const first = await scene.cli(COMMAND);
    const after = await everything(scene.db);
    const second = await scene.cli(COMMAND);
    const told = await scene.cli([...COMMAND, "-v"]);

    expect(first.code).to.equal(0);
    expect(first.stdout).to.match(
      /^purge-jobs: deleted 2, erased 1, attempts 0, runs 0, batches 2 in \d+ ms \(completed\)\n$/,
    );
    expect(second).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(told.stdout).to.match(/^purge-jobs: deleted 0, .*\(completed\)\n$/);
    expect(await everything(scene.db)).to.deep.equal(after);
  });

  it("needs neither Zitadel nor a key ring", async () => {
    await givenCompleted(scene, 1);
    const none = { ZITADEL_URL: undefined, ZITADEL_KEY: undefined, PASSWORD_KEYS_FILE: undefined };

    const { code } = await scene.cli(COMMAND, none);

    expect(code).to.equal(0);
    expect(await jobIds(scene)).to.deep.equal([]);
  });

  it("takes its times from the settings, and the flags win", async () => {
    await givenCompleted(scene, 1);
    await givenJob(scene.db, FAILED_LONG_AGO);
    const env = { JOB_RETENTION: "365d", FAILED_PASSWORD_RETENTION: "60d" };
    const flags = ["--retention", "91d", "--password-retention", "31d"];

    const bySettings = await scene.json<PurgeJson>(COMMAND, env);
    const byFlags = await scene.json<PurgeJson>([...COMMAND, ...flags], env);

    expect(bySettings).to.include({ deleted: 0, erased: 0 });
    expect(byFlags).to.include({ deleted: 1, erased: 1 });
  });

  it("refuses to keep for less than a day, so that a slip deletes nothing of today", async () => {
    await givenJob(scene.db, { status: "completed", completedAt: "now() - interval '1 hour'" });
    const before = await everything(scene.db);

    const byFlag = await Promise.all(
      ["--retention", "--password-retention"].flatMap((flag) =>
        ["0", "0s", "90m", "23h"].map((value) => scene.cli([...COMMAND, flag, value])),
      ),
    );
    const bySetting = await scene.cli(COMMAND, { JOB_RETENTION: "0d" });

    expect(byFlag.map(({ code }) => code)).to.deep.equal(byFlag.map(() => 64));
    for (const { stderr } of byFlag) expect(stderr).to.match(/retention.*at least 1d/);
    expect(bySetting.code).to.equal(78);
    expect(bySetting.stderr).to.match(/JOB_RETENTION is "0d": .* at least 1d/);
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("works in batches of --batch-size, each with its line in the audit", async () => {
    await givenCompleted(scene, 5);
    await givenJob(scene.db, FAILED_LONG_AGO);
    const args = [...COMMAND, "--batch-size", "2", "--actor", "cron@example"];

    const report = await scene.json<PurgeJson>(args);

    expect(report).to.include({ deleted: 5, erased: 1, batches: 4 });
    const audit = await readActions(scene.db);
    expect(audit.map(({ after }) => [after["deleted"], after["erased"]])).to.deep.equal([
      ...[
        [0, 1],
        [2, 0],
        [2, 0],
        [1, 0],
      ],
    ]);
    for (const { after, ...line } of audit) {
      expect(line).to.deep.equal({
        ...{ actor: "cron@example", verb: "purge-jobs", reason: null, jobId: null, before: null },
      });
      const ageDays = (Date.now() - Date.parse(String(after["before"]))) / 86_400_000;
      expect(ageDays).to.be.closeTo(after["erased"] === 1 ? 30 : 90, 0.01);
    }
  });

  it("names user and host as actor when none is given", async () => {
    await givenCompleted(scene, 1);

    await scene.cli(COMMAND);

    expect((await readActions(scene.db))[0]?.actor).to.match(/^[^@]+@[^@]+$/);
  });

  it("skips rows that another session has locked, and finds them the next time", async () => {
    const busy = await givenJob(scene.db, COMPLETED_LONG_AGO);
    await givenCompleted(scene, 2);
    const other = await openTransaction(
      scene.db,
      `select from ${QUEUE} where id = '${busy.id}' for update`,
    );

    const first = await scene.json<PurgeJson>(COMMAND);
    const left = await jobIds(scene);
    await other.end();
    const second = await scene.json<PurgeJson>(COMMAND);

    expect(first).to.include({ outcome: "completed", deleted: 2 });
    expect(left).to.deep.equal([busy.id]);
    expect(second).to.include({ deleted: 1 });
  });

  it("touches no job that a run holds, however old it is", async () => {
    const held = await givenJob(scene.db, { updatedAt: daysAgo(400) });
    await givenHeld(scene.db, held, "1 minute");

    const report = await scene.json<PurgeJson>(COMMAND);

    expect(report).to.include({ deleted: 0, erased: 0 });
    expect((await readJob(scene.db, held.id)).leased).to.equal(true);
  });

  it("ends with 75 when --max-duration was reached, and the next run continues", async () => {
    await givenCompleted(scene, 6);
    const args = [...COMMAND, "--batch-size", "1"];

    const { code, stdout } = await scene.cli([...args, "--max-duration", "1ms", "--json"]);

    expect(code).to.equal(75);
    const stopped = JSON.parse(stdout) as PurgeJson;
    expect(stopped).to.include({ outcome: "stopped", reason: "--max-duration was reached" });
    expect(stopped.deleted).to.be.below(6);
    expect((await scene.json<PurgeJson>(args)).deleted).to.equal(6 - stopped.deleted);
  });

  it("has a line in the ledger", async () => {
    await givenCompleted(scene, 1);

    await scene.cli(COMMAND);

    const [line] = await readRuns(scene.db);
    expect(line).to.deep.include({
      ...{ command: "purge-jobs", outcome: "completed" },
      counts: { deleted: 1, erased: 0, attempts: 0, runs: 0, batches: 1, refusedCount: 0 },
    });
  });
});
