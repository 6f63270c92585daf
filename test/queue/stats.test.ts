// queue stats: the state of the queue at a glance.
import { expect } from "chai";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJob } from "../support/given.ts";
import { givenJobUnder } from "../support/given-keys.ts";
import { givenAttempt, givenRun } from "../support/given-ledger.ts";
import { givenRing } from "../support/given-ring.ts";
import { LOCK_CLASS, LOCK_KEYS } from "../../src/postgres/lock-keys.ts";
import { listWorkingRuns } from "../../src/runs/working-runs.sql.ts";
import {
  everything,
  givenHeld,
  moment,
  openTransaction,
  readRuns,
  whenLeasesEnd,
} from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

interface StatsJson {
  readonly counts: Readonly<Record<string, number>>;
  readonly capped: readonly string[];
  readonly due: number;
  readonly oldestDueAt: string | null;
  readonly oldestDueAgeSeconds: number | null;
  readonly nextDueAt: string | null;
  readonly stuck: number;
  readonly orphaned: { readonly jobs: number; readonly until: string | null };
  readonly impossible: number;
  readonly failuresByCode: Readonly<Record<string, number>>;
  readonly missingKeys: Readonly<Record<string, number>> | null;
  readonly breaker: Readonly<Record<string, string | null>>;
  readonly bigRequeues: readonly Readonly<Record<string, unknown>>[];
  readonly workingRuns: readonly Readonly<Record<string, unknown>>[];
  readonly lockHeldBy: string | null;
  readonly lastRuns: readonly Readonly<Record<string, unknown>>[];
  readonly createdByHour: readonly { readonly hour: string; readonly created: number }[];
  readonly forecast: {
    readonly jobsPerSecond: number | null;
    readonly drainedAt: string | null;
    readonly unknownBecause: string | null;
    readonly obstacles: readonly string[];
    readonly spentWithinHour: number;
  };
}

const KEYS = [
  ...["counts", "capped", "due", "oldestDueAt", "oldestDueAgeSeconds", "nextDueAt"],
  ...["neverDue", "refusedByDatabase", "stuck"],
  ...[
    "orphaned",
    "impossible",
    "impossibleIds",
    "failuresByCode",
    "missingKeys",
    "breaker",
    "pause",
    "bigRequeues",
    "workingRuns",
    "lockHeldBy",
    "lastRuns",
  ],
  ...["createdByHour", "forecast"],
];

const stats = (scene: Scene, ...args: string[]) =>
  scene.json<StatsJson>(["queue", "stats", ...args]);

async function givenCompleted(scene: Scene, count: number): Promise<void> {
  const { familyId } = await givenJob(scene.db, { status: "completed" });
  await scene.db.query(
    `insert into auth.queued_managed_account_creations
       (id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
        status, created_at, updated_at, completed_at)
     select gen_random_uuid(), $1, 'kid_' || n, 'Kim Smith', 'managed_account', '', $1,
            'completed', now(), now(), case when n % 2 = 0 then now() end
     from generate_series(1, $2) n`,
    [familyId, count - 1],
  );
}

for (const variant of VARIANTS) {
  describe(`queue stats on the ${variant} database`, () => {
    const scene = setScene(variant);
    const at = (offset: string) => moment(variant, offset);

    it("counts jobs as they are: due, stuck, failed by code, and rows that no run touches", async () => {
      await givenJob(scene.db, { nextRetryAt: at("-10 minutes") });
      const unscheduled = await givenJob(scene.db, {
        ...{ status: " Pending", nextRetryAt: "null", createdAt: at("-30 minutes") },
      });
      await givenJob(scene.db, { nextRetryAt: at("5 minutes"), retryCount: 5 });
      await givenJob(scene.db, { nextRetryAt: at("2 hours"), retryCount: 5 });
      await givenJob(scene.db, { nextRetryAt: "'infinity'" });
      await givenJob(scene.db, { status: "failed", nextRetryAt: at("-1 minute"), retryCount: 1 });
      await givenJob(scene.db, { status: "FAILED", lastErrorCode: "username_taken" });
      await givenJob(scene.db, { status: "failed", lastErrorCode: "username_taken" });
      await givenJob(scene.db, { status: "failed", lastErrorCode: "timeout", retryCount: 5 });
      await givenJob(scene.db, { status: "failed" });
      await givenJob(scene.db, { status: "completed" });
      await givenHeld(scene.db, await givenJob(scene.db), "1 minute");
      await givenHeld(scene.db, await givenJob(scene.db), "-1 second");
      await givenJob(scene.db, { status: "processing", updatedAt: at("-6 minutes") });
      await givenJob(scene.db, { status: "archived" });

      const found = await stats(scene);

      expect(Object.keys(found)).to.deep.equal(KEYS);
      expect(found.counts).to.deep.equal({ pending: 5, processing: 3, completed: 1, failed: 5 });
      expect(found).to.deep.include({
        ...{ capped: [], due: 3, neverDue: 1, refusedByDatabase: 0, stuck: 2, impossible: 1 },
        failuresByCode: { username_taken: 2, timeout: 1, none: 1 },
        breaker: { openedAt: null, pausedUntil: null, reason: null },
        ...{ missingKeys: {}, workingRuns: [], lockHeldBy: null, lastRuns: [] },
      });
      expect(found.orphaned.jobs).to.equal(1);
      const leaseLeftMs = Date.parse(found.orphaned.until ?? "") - Date.now();
      expect(leaseLeftMs).to.be.within(20_000, 60_500);
      const created = await createdAt(scene, unscheduled.id);
      expect(found.oldestDueAt).to.equal(created);
      expect(found.oldestDueAgeSeconds).to.be.within(1795, 1830);
      expect(found.nextDueAt).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      const aheadMs = Date.parse(found.nextDueAt ?? "") - Date.now();
      expect(aheadMs).to.be.within(280_000, 300_500);
      expect(found.forecast).to.deep.equal({
        ...{ jobsPerSecond: null, drainedAt: null, unknownBecause: "no_run_begins" },
        ...{ obstacles: ["no_run_begins"], spentWithinHour: 1 },
      });
    });
  });
}

async function createdAt({ db }: Scene, id: string): Promise<string> {
  const { text } = await db.one<{ text: string }>(
    `select to_char(created_at::timestamptz at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as text
     from auth.queued_managed_account_creations where id = $1`,
    [id],
  );
  return text;
}

describe("queue stats", () => {
  const scene = setScene("ef");

  it("stops counting completed jobs at 10,000, unless --exact is given", async () => {
    await givenCompleted(scene, 10_001);

    const [json, text, exact] = [
      await stats(scene),
      await scene.cli(["queue", "stats"]),
      await stats(scene, "--exact"),
    ];

    expect(json.counts["completed"]).to.equal(10_000);
    expect(json.capped).to.deep.equal(["completed"]);
    expect(text.stdout).to.match(/^Completed +10,000\+$/m);
    expect(exact.counts["completed"]).to.equal(10_001);
    expect(exact.capped).to.deep.equal([]);
  });

  it("reads the jobs that are not completed from the indexes made for it", async () => {
    const names = ["due", "processing", "impossible", "failed"].map(
      (stem) => `ix_queued_managed_account_creations_${stem}`,
    );
    const scans = `select sum(idx_scan)::int as n from pg_stat_user_indexes
                   where indexrelname = any ($1) having min(idx_scan) > 0`;
    await givenCompleted(scene, 10_001);
    await givenJob(scene.db, { status: "failed" });
    await scene.db.query("analyze auth.queued_managed_account_creations");
    await scene.db.query("select pg_stat_reset()");

    await stats(scene);

    await until(scene.db, `exists (${scans})`, [names]);
  });

  it("reports since when the breaker is open and until when no calls are made", async () => {
    await scene.db.query(
      `update family_hub_jobs.breaker
       set opened_at = now() - interval '12 minutes', paused_until = now() + interval '1 minute',
           reason = 'Zitadel failed\u001b too often'`,
    );

    const [{ breaker }, { stdout }] = [await stats(scene), await scene.cli(["queue", "stats"])];
    await scene.db.query("update family_hub_jobs.breaker set paused_until = null");
    const { stdout: open } = await scene.cli(["queue", "stats"]);

    expect(breaker["reason"]).to.equal("Zitadel failed\u001b too often");
    expect(Date.now() - Date.parse(breaker["openedAt"] ?? "")).to.be.within(719_000, 760_000);
    expect(Date.parse(breaker["pausedUntil"] ?? "")).to.be.above(Date.now());
    expect(stdout).to.match(
      /^Breaker +no calls to Zitadel until .* \(in \d+s\): Zitadel failed {2}too often$/m,
    );
    expect(open).to.match(/^Breaker +open since .* \(12m ago\): Zitadel failed {2}too often$/m);
  });

  it("shows the last five runs of retry-accounts, and when the backlog ends at their pace", async () => {
    for (let i = 6; i > 0; i -= 1) {
      const counts = { claimed: 20, created: i === 6 ? 1000 : 18, failed: 1, deferred: 1 };
      await givenRun(scene.db, {
        startedAt: `now() - interval '${i} minutes'`,
        took: "1.9 s",
        counts,
      });
    }
    await givenRun(scene.db, { command: "purge-invitations", counts: { deleted: 7 } });
    await givenRun(scene.db, { reason: "dry run: nothing was changed", startedAt: "now()" });
    await givenJob(scene.db);
    await givenJob(scene.db);

    const [json, text] = [await stats(scene), await scene.cli(["queue", "stats"])];

    const newest = (await readRuns(scene.db))
      .filter(({ command, reason }) => command === "retry-accounts" && reason === null)
      .map(({ runId }) => runId)
      .toReversed();
    expect(json.lastRuns.map(({ runId }) => runId)).to.deep.equal(newest.slice(0, 5));
    expect(json.forecast.jobsPerSecond).to.equal(10);
    const aheadMs = Date.parse(json.forecast.drainedAt ?? "") - Date.now();
    expect(aheadMs).to.be.within(-20_000, 200);
    expect(text.stdout).to.match(
      /At the pace of the last runs \(10 jobs a second\), the 2 jobs due now will be processed by \d{4}/,
    );
    expect(text.stdout).to.match(new RegExp(`^${newest[0]} .* failed 1, created 18`, "m"));
    expect(text.stdout).not.to.include("deleted");
  });

  it("says that the end is unknown where there is no pace, or Zitadel is not healthy", async () => {
    await givenJob(scene.db, { retryCount: 5 });

    const never = await scene.cli(["queue", "stats"]);
    await givenRun(scene.db);
    const without = await scene.cli(["queue", "stats"]);
    await givenRun(scene.db, { counts: { created: 3 } });
    await scene.db.query("update family_hub_jobs.breaker set opened_at = now()");
    const halted = await scene.cli(["queue", "stats"]);
    const { forecast } = await stats(scene);

    expect(never.stdout).to.match(
      /will be processed: no run of retry-accounts is recorded\. Is it scheduled\?$/m,
    );
    expect(without.stdout).to.match(/the 1 job due now will be processed: no run had work/);
    expect(without.stdout).to.include(
      "If Zitadel keeps answering with errors, 1 job will fail permanently",
    );
    expect(halted.stdout).to.include("will be processed: Zitadel is not healthy");
    expect(forecast).to.include({ drainedAt: null, spentWithinHour: 1 });
  });

  it("names the lock's holder, and says that a run hangs which does not renew its leases", async () => {
    await givenRun(scene.db, { counts: { created: 3 } });
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    const running = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });
    await givenJob(scene.db);

    const works = await scene.cli(["queue", "stats"]);
    running.kill("SIGSTOP");
    await whenLeasesEnd(scene.db);
    const [hangs, json] = [await scene.cli(["queue", "stats"]), await stats(scene)];
    running.kill("SIGKILL");
    await running.ended;

    const [run] = json.workingRuns;
    expect(run).to.deep.include({ pid: running.process.pid, runId: json.lastRuns[0]?.["runId"] });
    expect(Date.parse(String(run?.["leaseEndedAt"]))).to.be.below(Date.now());
    expect(json).to.deep.include({ stuck: 1 });
    expect(json.forecast).to.include({ drainedAt: null, unknownBecause: "run_hangs" });
    const held = `held by run ${String(run?.["runId"])} \\(host .+, pid ${running.process.pid}\\) for \\d+s`;
    expect(works.stdout).to.match(new RegExp(`^Lock +${held}$`, "m"));
    expect(works.stdout).to.include("will be processed by");
    expect(hangs.stdout).to.match(
      new RegExp(`^Lock +${held}; its lease ended \\d+s ago: it hangs`, "m"),
    );
    expect(hangs.stdout).to.match(/^Processing +1: 1 stuck: no run recovers them while/m);
    expect(hangs.stdout).to.include("will be processed: a run that hangs holds the lock.");
  });

  it("says that a run hangs which has held the lock for long without a job in hand", async () => {
    const startedAt = "now() - interval '20 minutes'";
    const runId = await givenRun(scene.db, { startedAt, outcome: null, host: "jobs-1" });
    const session = await openTransaction(
      scene.db,
      `set application_name = 'fhj retry-accounts ${runId}';
       select pg_advisory_xact_lock(${LOCK_CLASS}, ${LOCK_KEYS["retry-accounts"]})`,
    );

    const after = (minutes: number) =>
      listWorkingRuns(scene.db, new Date(Date.now() + minutes * 60_000));
    const [[young], [old]] = [await after(1), await after(11)];
    await givenHeld(scene.db, await givenJob(scene.db), "1 minute");
    await scene.db.query(
      "update auth.queued_managed_account_creations set claimed_by_run_id = $1",
      [runId],
    );
    const [works] = await after(11);
    await session.end();

    expect([young?.hangs, old?.hangs, works?.hangs]).to.deep.equal([false, true, false]);
    expect(old).to.deep.include({ runId, host: "jobs-1", leaseEndedAt: null });
  });

  it("names a session that holds the lock and is no run, and asks nothing about the schedule", async () => {
    await givenRun(scene.db, { startedAt: "now() - interval '3 hours'", counts: { created: 3 } });
    await givenJob(scene.db);
    const session = await openTransaction(
      scene.db,
      `set application_name = 'psql'; select pg_advisory_lock(${LOCK_CLASS}, ${LOCK_KEYS["retry-accounts"]})`,
    );

    const [json, { stdout }] = [await stats(scene), await scene.cli(["queue", "stats"])];
    await session.end();

    expect(json.lockHeldBy).to.equal('"psql"');
    expect(json.forecast).to.deep.include({ drainedAt: null, obstacles: ["lock_held"] });
    expect(stdout).to.match(/^Lock +held by "psql", which is not a run of this tool/m);
    expect(stdout).to.match(/will be processed: the lock is held, so no run can start\.$/m);
  });

  it("says that no run has come for long, counted from the end of the last one", async () => {
    const startedAt = "now() - interval '3 hours'";
    await givenJob(scene.db);

    await givenRun(scene.db, { startedAt, took: "2 hours 59 minutes", counts: { created: 3 } });
    const long = await stats(scene);
    await scene.db.query("update family_hub_jobs.runs set finished_at = started_at");
    const [{ forecast }, { stdout }] = [await stats(scene), await scene.cli(["queue", "stats"])];

    expect(long.forecast).to.deep.include({ unknownBecause: null, obstacles: [] });
    expect(forecast).to.include({ drainedAt: null, unknownBecause: "no_run_begins" });
    expect(stdout).to.match(
      /will be processed: retry-accounts last ran 3h ago\. Is it scheduled\?$/m,
    );
  });

  it("names all that is in the way, and does not ask about the schedule where that is known", async () => {
    await givenRun(scene.db, {
      startedAt: "now() - interval '3 hours 10 minutes'",
      outcome: "paused",
    });
    const { key } = await givenRing();
    await givenJobUnder(scene.db, key);
    await scene.cli(["queue", "pause", "--reason", "upgrade", "--actor", "kim"]);
    await scene.db.query("update family_hub_jobs.breaker set opened_at = now()");

    const [{ forecast }, { stdout }] = [await stats(scene), await scene.cli(["queue", "stats"])];

    expect(forecast.obstacles).to.deep.equal([
      ...["queue_paused", "zitadel_unwell", "key_missing", "no_run_begins"],
    ]);
    expect(stdout).to.match(
      /will be processed: the queue is paused; Zitadel is not healthy; 1 waits for a key; retry-accounts last ran 3h ago\.$/m,
    );
    expect(stdout).to.match(
      /^Paused .*To continue: ask kim first, then `family-hub-jobs queue resume`\.$/m,
    );
  });

  for (const outcome of ["refused", "unavailable"]) {
    it(`gives no time where the last run ended as ${outcome}, though no call is paused`, async () => {
      await givenRun(scene.db, {
        startedAt: "now() - interval '2 minutes'",
        counts: { created: 3 },
      });
      await givenRun(scene.db, { outcome });
      await givenJob(scene.db);

      const [{ forecast }, { stdout }] = [await stats(scene), await scene.cli(["queue", "stats"])];

      expect(forecast).to.deep.include({ drainedAt: null, unknownBecause: "last_run_failed" });
      expect(stdout).to.include(
        `will be processed: the last run of retry-accounts ended as ${outcome} (\`doctor -q\` has the fix).`,
      );
    });
  }

  it("counts the due jobs whose key the ring lacks, and is silent where it knows no ring", async () => {
    await givenRun(scene.db, { counts: { created: 3 } });
    const { key } = await givenRing();
    await givenJobUnder(scene.db, key);
    await givenJobUnder(scene.db, key);
    await givenJobUnder(scene.db, key, { nextRetryAt: "now() + interval '1 hour'" });
    await givenJob(scene.db, { encryptedPassword: "no envelope" });

    const [json, text] = [await stats(scene), await scene.cli(["queue", "stats"])];
    const ringless = { PASSWORD_KEYS: "", PASSWORD_KEYS_FILE: "" };
    const faulty = { PASSWORD_KEYS: "{", PASSWORD_KEYS_FILE: "" };
    const without = await scene.json<StatsJson>(["queue", "stats"], ringless);
    const broken = await scene.json<StatsJson>(["queue", "stats"], faulty);

    expect(json.missingKeys).to.deep.equal({ [key.kid]: 2 });
    expect(json.forecast).to.include({ drainedAt: null, unknownBecause: "key_missing" });
    expect(text.stdout).to.match(
      new RegExp(`^Waiting +2 for key "${key.kid}", not in the ring: `, "m"),
    );
    expect(text.stdout).to.include("will be processed: 2 wait for a key.");
    expect([without.missingKeys, broken.missingKeys]).to.deep.equal([null, null]);
    expect(broken.forecast.unknownBecause).to.equal(null);
  });

  it("shows a requeue of many jobs for a day, in red at first, until it is undone", async () => {
    await givenCompleted(scene, 1000);
    await scene.db.query(
      `update auth.queued_managed_account_creations
       set status = 'failed', completed_at = null, encrypted_password = 'no envelope'`,
    );
    const requeue = async (...jobs: string[]) => {
      const requeued = ["queue", "requeue", ...jobs, "--yes", "--actor", "kim"];
      return scene.json<{ actionId: string }>([...requeued, "--reason", "Zitadel is back"]);
    };
    const { actionId } = await requeue("--status", "failed");
    await requeue((await givenJob(scene.db, { status: "failed" })).id);
    await scene.retry(["--limit", "10"]);

    const { bigRequeues } = await stats(scene);
    const screen = await scene.cli(["queue", "stats"]);
    const age = (ago: string) =>
      scene.db.query(`update family_hub_jobs.operator_actions set at = at - interval '${ago}'`);
    await age("2 hours");
    const later = await scene.cli(["queue", "stats"]);
    await age("22 hours");
    const nextDay = await stats(scene);
    await age("-24 hours");
    await scene.json(["queue", "undo", actionId]);
    const undone = await stats(scene);

    expect(bigRequeues).to.have.length(1);
    expect(bigRequeues[0]).to.include({ actionId, actor: "kim", jobs: 1000, undoable: 990 });
    const line = `1,000 jobs \\d+\\w ago by kim: Zitadel is back; 990 have not run since. If that was a mistake: \`fhj queue undo ${actionId}\`\\.`;
    expect(screen.stdout).to.match(new RegExp(`^Requeued +${line}$`, "m"));
    expect(screen.stdout.indexOf("Requeued")).to.be.below(screen.stdout.indexOf("Pending"));
    expect(later.stdout.indexOf("Requeued")).to.be.above(later.stdout.indexOf("Pending"));
    expect([nextDay.bigRequeues, undone.bigRequeues]).to.deep.equal([[], []]);
  });

  it("reports jobs that a dead run left under a lease, and not those of a working run", async () => {
    await givenHeld(scene.db, await givenJob(scene.db), "1 minute");
    await givenHeld(scene.db, await givenJob(scene.db), "-1 minute");
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    const running = scene.start(["retry-accounts", "--limit", "1"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });

    const { orphaned } = await stats(scene);
    const { stdout } = await scene.cli(["queue", "stats"]);
    const doctor = await scene.cli(["doctor", "-q"]);
    await scene.zitadel.control.release("call");
    await running.ended;

    expect(orphaned.jobs).to.equal(1);
    expect(stdout).to.match(
      /^Processing +\d: 1 left by a run that died, recovered by a run after \d/m,
    );
    expect(doctor.stdout).to.match(/warn +orphaned jobs +1 job left by a run that died, under a/);
  });

  it("says that an outage used up no retry, and what faulty answers would do", async () => {
    const open = "update family_hub_jobs.breaker set opened_at = now(), reason = 'no answer'";
    await scene.db.query(open);
    await givenJob(scene.db, { retryCount: 5 });
    const at = "now() - interval '2 minutes'";
    await givenRun(scene.db, { outcome: "unavailable", startedAt: at, counts: { retried: 1 } });

    const charged = await scene.cli(["queue", "stats"]);
    await givenRun(scene.db, { outcome: "unavailable", counts: { deferred: 1, retried: 0 } });
    const noneUsed = await scene.cli(["queue", "stats"]);

    expect(charged.stdout).to.include(
      "If Zitadel keeps answering with errors, 1 job will fail permanently",
    );
    expect(noneUsed.stdout).to.include(
      "While Zitadel is unreachable, no job uses up a retry. If it answers with errors, 1 job will",
    );
  });

  it("draws the accounts of the last 24 hours, hour by hour, the adopted ones among them", async () => {
    const { id } = await givenJob(scene.db, { status: "completed" });
    const hour = "date_trunc('hour', now()) - interval '3 hours'";
    for (const outcome of ["created", "adopted"] as const) {
      await givenAttempt(scene.db, id, { outcome, finishedAt: `${hour} + interval '1 minute'` });
    }
    await givenAttempt(scene.db, id, { errorCode: "timeout", finishedAt: hour });
    await givenAttempt(scene.db, id, { finishedAt: "now() - interval '25 hours'" });
    const { text } = await scene.db.one<{ text: string }>(
      `select to_char(${hour}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as text`,
    );

    const [{ createdByHour }, { stdout }] = [
      await stats(scene),
      await scene.cli(["queue", "stats"]),
    ];

    expect(createdByHour).to.have.length(24);
    expect(createdByHour.find((bar) => bar.hour === text)?.created).to.equal(2);
    expect(createdByHour.reduce((sum, bar) => sum + bar.created, 0)).to.equal(2);
    expect(stdout).to.match(/^Created +▁+█▁+ {2}2 in the last 24 hours$/m);
  });

  it("changes nothing, takes no notice of a run, and says the same twice", async () => {
    await givenJob(scene.db, { status: "failed", lastErrorCode: "timeout" });
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    const running = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });
    const before = await everything(scene.db);

    const [first, second] = [await stats(scene), await stats(scene)];

    expect(first.counts).to.deep.equal({ pending: 0, processing: 1, completed: 0, failed: 1 });
    expect(first.lastRuns[0]).to.include({ outcome: "running" });
    expect(second).to.deep.equal(first);
    expect(await everything(scene.db)).to.deep.equal(before);
    await scene.zitadel.control.release("call");
    await running.ended;
  });

  it("is calm about an empty queue", async () => {
    const { code, stdout, stderr } = await scene.cli(["queue", "stats"]);

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.equal(
      "Queue  No job is waiting, and none has failed.\n\n" +
        "Last runs of retry-accounts\nno run is recorded\n",
    );
    expect(await stats(scene)).to.include({ due: 0, oldestDueAt: null, nextDueAt: null });
  });
});
