// The metrics file of each scheduled command: what is in it after which end of a run.
import { expect } from "chai";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateKey } from "../../src/passwords/generate.ts";
import { LOCK_CLASS, LOCK_KEYS } from "../../src/postgres/lock-keys.ts";
import { packageVersion } from "../../src/version.ts";
import { useDirectory } from "../support/given-directory.ts";
import { givenJobUnder } from "../support/given-keys.ts";
import { givenInvitation, givenJob } from "../support/given.ts";
import { loadedBy } from "../support/loaded-sources.ts";
import { readSamples, type Samples } from "../support/prometheus-text.ts";
import { freePort } from "../support/postgres.ts";
import { openTransaction } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

const RETRY = "family_hub_jobs_retry_accounts.prom";
const LAST_RUN = 'family_hub_jobs_last_run_timestamp_seconds{command="retry-accounts"}';
const LAST_SUCCESS = 'family_hub_jobs_last_success_timestamp_seconds{command="retry-accounts"}';
const DURATION = 'family_hub_jobs_last_run_duration_seconds{command="retry-accounts"}';

/** Of one name and command, by the other label. */
function byLabel(samples: Samples, name: string, label: string): Record<string, number> {
  const values = [...samples].flatMap(([key, value]): [string, number][] => {
    const [, found] =
      new RegExp(`^family_hub_jobs_${name}\\{.*\\b${label}="([^"]*)"`).exec(key) ?? [];
    return found === undefined ? [] : [[found, value]];
  });
  return Object.fromEntries(values);
}

describe("METRICS_DIR", () => {
  const scene = setScene();
  const directory = useDirectory();
  const env = () => ({ METRICS_DIR: directory() });
  const read = (name = RETRY) => readSamples(readFileSync(join(directory(), name), "utf8"));

  it("gets one file from a run, with all that it did and found, and nothing else", async () => {
    await givenJob(scene.db, { nextRetryAt: "now() - interval '90 seconds'" });
    await givenJob(scene.db, { encryptedPassword: "garbage" });
    await givenJob(scene.db, { nextRetryAt: "now() + interval '1 hour'" });
    await givenJob(scene.db, { status: " Completed" });
    await givenJob(scene.db, { status: "failed" });
    await givenJob(scene.db, { status: "processing" });
    const beforeSeconds = Date.now() / 1000;

    const { code, report } = await scene.retry([], env());

    expect(code).to.equal(0);
    expect(readdirSync(directory())).to.deep.equal([RETRY]);
    const samples = read();
    expect([...samples.keys()].filter((key) => !key.startsWith("family_hub_jobs_"))).to.deep.equal(
      [],
    );
    expect(samples.get(LAST_RUN)).to.be.closeTo(beforeSeconds, 10);
    expect(samples.get(LAST_RUN)).to.equal(Date.parse(report.finishedAt) / 1000);
    expect(samples.get(LAST_SUCCESS)).to.equal(samples.get(LAST_RUN));
    expect(samples.get(DURATION)).to.equal(report.durationMs / 1000);
    expect(byLabel(samples, "last_run_jobs", "outcome")).to.deep.equal({
      ...{ created: 1, adopted: 0, retried: 0, failed: 1, deferred: 0, rescued: 0, refused: 0 },
    });
    // As it was before the work.
    expect(byLabel(samples, "queue_jobs", "status")).to.deep.equal({
      ...{ pending: 3, processing: 1, completed: 1, failed: 1 },
    });
    expect(samples.get("family_hub_jobs_oldest_due_age_seconds")).to.be.within(90, 150);
    expect(samples.get("family_hub_jobs_breaker_open")).to.equal(0);
    expect(byLabel(samples, "build_info", "version")).to.deep.equal({ [packageVersion()]: 1 });
    expect(samples.get(`family_hub_jobs_last_run_lines_lost{command="retry-accounts"}`)).to.equal(
      0,
    );
    expect(samples.get("family_hub_jobs_queue_paused")).to.equal(0);
    expect(samples.size).to.equal(19);
  });

  it("gets 0 for the age of the oldest due job when none is due", async () => {
    await givenJob(scene.db, { nextRetryAt: "now() + interval '1 hour'" });

    await scene.cli(["retry-accounts"], env());

    expect(read().get("family_hub_jobs_oldest_due_age_seconds")).to.equal(0);
  });

  it("gets the numbers of the last run, however often it ran, and of a killed run none", async () => {
    await givenJob(scene.db);
    await scene.cli(["retry-accounts"], env());
    const first = read();
    await scene.cli(["retry-accounts"], env());
    const second = readFileSync(join(directory(), RETRY), "utf8");
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
    });
    const killed = scene.start(["retry-accounts"], env());
    await scene.zitadel.control.waitForPaused({ name: "call" });

    killed.kill("SIGKILL");
    await killed.ended;

    const created = [first, readSamples(second)].map(
      (samples) => byLabel(samples, "last_run_jobs", "outcome")["created"],
    );
    expect(created).to.deep.equal([1, 0]);
    expect(readdirSync(directory())).to.deep.equal([RETRY]);
    expect(readFileSync(join(directory(), RETRY), "utf8")).to.equal(second);
  });

  it("reports that the breaker is open", async () => {
    await scene.db.query("update family_hub_jobs.breaker set opened_at = now()");

    await scene.cli(["retry-accounts"], env());

    expect(read().get("family_hub_jobs_breaker_open")).to.equal(1);
  });

  it("lacks the queue's numbers where they cannot be read, and the run goes as it would", async () => {
    await scene.db.query("alter table family_hub_jobs.breaker rename to breaker_away");

    const { code, stderr } = await scene.cli(["retry-accounts", "-q"], env());
    await scene.db.query("alter table family_hub_jobs.breaker_away rename to breaker");

    expect(code).to.equal(0);
    expect(stderr).to.match(
      /^family-hub-jobs: the queue was not counted for the metrics: .*breaker/,
    );
    expect(read().get(LAST_SUCCESS)).to.equal(read().get(LAST_RUN));
    expect(byLabel(read(), "queue_jobs", "status")).to.deep.equal({});
  });

  it("is not kept waiting for numbers that somebody holds up", async () => {
    const blocker = await openTransaction(
      scene.db,
      "lock table family_hub_jobs.breaker in access exclusive mode",
    );

    const { code, stderr } = await scene.cli(["retry-accounts"], env());
    await blocker.end();

    expect(code).to.equal(0);
    expect(stderr).to.include("the queue was not counted for the metrics");
  });

  it("has a file for each command, whose samples go into one scrape", async () => {
    await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
    await givenJob(scene.db, { status: "completed", completedAt: "now() - interval '91 days'" });
    const commands = [
      ["retry-accounts"],
      ["purge-invitations"],
      ["purge-jobs"],
      ["keys", "rotate"],
    ];

    for (const args of commands) await scene.cli(args, env());

    const files = readdirSync(directory()).sort();
    expect(files).to.deep.equal([
      "family_hub_jobs_keys_rotate.prom",
      "family_hub_jobs_purge_invitations.prom",
      "family_hub_jobs_purge_jobs.prom",
      RETRY,
    ]);
    const all = readSamples(...files.map((name) => readFileSync(join(directory(), name), "utf8")));
    expect(Object.keys(byLabel(all, "last_success_timestamp_seconds", "command"))).to.have.members(
      commands.map((args) => args.join(" ")),
    );
    expect(byLabel(read(files[1]), "last_run_jobs", "outcome")).to.deep.equal({
      ...{ deleted: 1, refused: 0 },
    });
    expect(byLabel(read(files[2]), "last_run_jobs", "outcome")).to.deep.equal({
      ...{ deleted: 1, erased: 0, attempts: 0, runs: 0, refused: 0 },
    });
    expect(byLabel(read(files[0]), "last_run_jobs", "outcome")).to.deep.equal({
      ...{ rotated: 0, held: 0, missing: 0, undecryptable: 0, tooLong: 0, refused: 0 },
    });
  });

  it("has a file and a label for each part of the queue, so that none hides another", async () => {
    await givenJob(scene.db);
    const shards = ["--shard", "1/2"];

    await scene.cli(["retry-accounts", ...shards], env());
    await scene.cli(["retry-accounts", "--shards", "2"], { ...env(), JOB_COMPLETION_INDEX: "1" });
    await scene.cli(["retry-accounts", "--shard", "1/1"], env());

    const files = readdirSync(directory()).sort();
    expect(files).to.deep.equal([
      RETRY,
      "family_hub_jobs_retry_accounts_shard_1_of_2.prom",
      "family_hub_jobs_retry_accounts_shard_2_of_2.prom",
    ]);
    const all = readSamples(...files.map((name) => readFileSync(join(directory(), name), "utf8")));
    const shard = read(files[2]);
    expect([...shard.keys()].filter((key) => !key.includes('shard="2/2"'))).to.deep.equal([]);
    expect(byLabel(all, "last_success_timestamp_seconds", "shard")).to.have.keys("1/2", "2/2");
  });

  it("gets nothing from a dry run, nor from a run that does not get the lock", async () => {
    await givenJob(scene.db);
    const blocker = await openTransaction(
      scene.db,
      `select pg_advisory_xact_lock(${LOCK_CLASS}, ${LOCK_KEYS["retry-accounts"]})`,
    );

    const dry = await scene.cli(["purge-invitations", "--dry-run"], env());
    const locked = await scene.cli(["retry-accounts", "--fail-if-locked"], env());
    const waiting = scene.start(["retry-accounts", "--wait", "30s"], env());
    await until(
      scene.db,
      `(select count(*) from pg_stat_activity where application_name like 'fhj retry%'
        and datname = current_database()) = 1`,
    );
    await waiting.interrupt("SIGTERM");
    const interrupted = await waiting.ended;
    await blocker.end();

    expect([dry.code, locked.code, interrupted.code]).to.deep.equal([0, 75, 143]);
    expect(readdirSync(directory())).to.deep.equal([]);
  });
});

describe("a run that nobody watches", () => {
  const scene = setScene();
  const directory = useDirectory();
  const ofWatching = /prom-client|src\/monitoring\/(?!monitored)/;

  it("loads nothing of what it takes to be watched", async () => {
    const loaded = async (METRICS_DIR: string) =>
      (await loadedBy((env) => scene.cli(["retry-accounts"], { ...env, METRICS_DIR }))).filter(
        (path) => ofWatching.test(path),
      );

    expect(await loaded("")).to.deep.equal([]);
    expect(await loaded(directory())).to.have.length.above(5);
  });
});

describe("last_success_timestamp_seconds", () => {
  const scene = setScene();
  const directory = useDirectory();
  const file = () => join(directory(), RETRY);
  const read = () => readSamples(readFileSync(file(), "utf8"));

  /** Runs once successfully, then, with another job, as given. */
  async function afterSuccess(
    env: Record<string, string>,
    args: string[] = [],
    given: () => Promise<unknown> = () => Promise.resolve(),
  ) {
    await scene.cli(["retry-accounts"], { METRICS_DIR: directory() });
    const first = read();
    await given();
    const { code } = await scene.cli(["retry-accounts", ...args], {
      METRICS_DIR: directory(),
      ...env,
    });
    const second = read();
    expect(second.get(LAST_RUN)).to.be.above(first.get(LAST_RUN) ?? Infinity);
    const kept = second.get(LAST_SUCCESS) === first.get(LAST_SUCCESS);
    return { code, kept, samples: second };
  }

  it("stays when Postgres cannot be reached, without gauges of the queue", async () => {
    const url = `postgres://postgres@127.0.0.1:${await freePort()}/family_hub`;

    const { code, kept, samples } = await afterSuccess({ DATABASE_URL: url });

    expect({ code, kept }).to.deep.equal({ code: 69, kept: true });
    expect(byLabel(samples, "queue_jobs", "status")).to.deep.equal({});
    expect(byLabel(samples, "last_run_jobs", "outcome")).to.have.property("created", 0);
  });

  it("stays when the settings are wrong, also those of the others who watch", async () => {
    for (const wrong of [{ RETRY_LEASE: "soon" }, { PING_URL: "none" }, { DATABASE_URL: "none" }]) {
      const { code, kept } = await afterSuccess(wrong);

      expect({ code, kept }).to.deep.equal({ code: 78, kept: true });
    }
  });

  it("stays when Zitadel refuses or is down, or asks to wait", async () => {
    await scene.cli(["retry-accounts"], { METRICS_DIR: directory() });
    const success = read().get(LAST_SUCCESS);
    const { control } = scene.zitadel;
    const run = async () => {
      await givenJob(scene.db);
      const { code } = await scene.cli(["retry-accounts"], { METRICS_DIR: directory() });
      return [code, read().get(LAST_SUCCESS) === success];
    };

    await control.setFaults([{ method: "CreateUser", kind: "grpc", code: 7 }]);
    const refused = await run();
    await control.setFaults([]);
    await control.setDown(true);
    const down = await run();
    await control.setDown(false);
    await scene.db.query("update family_hub_jobs.breaker set opened_at = null");
    await control.setFaults([{ method: "*", kind: "http", status: 429, retryAfter: 600 }]);
    const limited = await run();
    const paused = await run();

    expect([refused, down, limited, paused]).to.deep.equal([
      [77, true],
      [69, true],
      [75, true],
      [75, true],
    ]);
  });

  it("stays when a signal ends the run", async () => {
    await scene.cli(["retry-accounts"], { METRICS_DIR: directory() });
    const before = read();
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
    });
    const run = scene.start(["retry-accounts"], { METRICS_DIR: directory() });
    await scene.zitadel.control.waitForPaused({ name: "call" });

    await run.interrupt("SIGTERM");
    await scene.zitadel.control.release("call");
    const { code } = await run.ended;

    expect(code).to.equal(143);
    expect(read().get(LAST_SUCCESS)).to.equal(before.get(LAST_SUCCESS));
    expect(read().get(LAST_RUN)).to.be.above(before.get(LAST_RUN) ?? Infinity);
    expect(byLabel(read(), "last_run_jobs", "outcome")).to.include({ created: 1 });
  });

  it("stays when a job waits for a key that the ring lacks, and with --strict when one failed", async () => {
    const garbage = () => givenJob(scene.db, { encryptedPassword: "garbage" });
    const unknownKey = await generateKey("EC");

    const strict = await afterSuccess({}, ["--strict"], garbage);
    const missing = await afterSuccess({}, [], () => givenJobUnder(scene.db, unknownKey));

    expect([strict.code, missing.code]).to.deep.equal([1, 78]);
    expect([strict.kept, missing.kept]).to.deep.equal([true, true]);
  });

  it("moves on when --max-duration ends a run with work left, but not when nothing was done", async () => {
    for (let i = 0; i < 30; i += 1) {
      await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
    }
    const args = ["purge-invitations", "--batch-size", "1", "--max-duration"];
    const name = 'family_hub_jobs_last_success_timestamp_seconds{command="purge-invitations"}';
    const readPurge = () => {
      const path = join(directory(), "family_hub_jobs_purge_invitations.prom");
      return readSamples(readFileSync(path, "utf8")).get(name);
    };

    const idle = await scene.cli([...args, "1ms"], { METRICS_DIR: directory() });
    const none = readPurge();
    const blocker = await openTransaction(
      scene.db,
      "lock table auth.family_member_invitations in share mode",
    );
    const busy = scene.start([...args, "4s"], { METRICS_DIR: directory() });
    await until(
      scene.db,
      `exists (select from pg_stat_activity where wait_event_type = 'Lock'
         and application_name like 'fhj purge%' and datname = current_database()
         and query_start < clock_timestamp() - interval '4 seconds')`,
    );
    await blocker.end();

    expect([idle.code, none]).to.deep.equal([75, 0]);
    expect((await busy.ended).code).to.equal(75);
    expect(readPurge()).to.be.closeTo(Date.now() / 1000, 60);
  });

  it("is 0 when none is known: no file, or one that cannot be parsed", async () => {
    const wrong = { METRICS_DIR: directory(), DATABASE_URL: "none" };

    await scene.cli(["retry-accounts"], wrong);
    const first = read().get(LAST_SUCCESS);
    writeFileSync(file(), `${LAST_SUCCESS} NaN\n${LAST_SUCCESS} 1e999\ngarbage`);
    await scene.cli(["retry-accounts"], wrong);

    expect([first, read().get(LAST_SUCCESS)]).to.deep.equal([0, 0]);
  });
});
