// The dead-man switch: what it hears of which run, and that nothing about it harms a run.
import { expect } from "chai";
import { plantCanary } from "../support/canaries.ts";
import { useFiles } from "../support/given-settings.ts";
import { givenJob } from "../support/given.ts";
import { freePort } from "../support/postgres.ts";
import { LOCK_CLASS, LOCK_KEYS } from "../../src/postgres/lock-keys.ts";
import { openTransaction, readRuns } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { until, waitUntil } from "../support/wait-until.ts";
import { useWatcher } from "../support/watcher.ts";

const TOKEN = "9f5b1f1e-ping-secret-token-0c1d";
plantCanary("the token of PING_URL", TOKEN);
const LOCK_IS_FREE = `not exists (select from pg_locks where locktype = 'advisory'
  and classid = ${LOCK_CLASS} and database = (select oid from pg_database where datname = current_database()))`;

describe("PING_URL", () => {
  const scene = setScene();
  const watcher = useWatcher();
  const file = useFiles();
  const env = () => ({ PING_URL: `${watcher.url}/ping/${TOKEN}` });
  /** Without the run's id. */
  const words = () => watcher.noted.map(({ method, path }) => `${method} ${path.split("?")[0]}`);
  const pings = (...last: string[]) =>
    ["/start", ...last].map((word) => `GET /ping/${TOKEN}${word}`);

  it("gets the start and the success of a run, each with its id", async () => {
    await givenJob(scene.db);

    const { code, report, stderr } = await scene.retry([], env());

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const rid = `?rid=${report.runId}`;
    expect(watcher.noted.map(({ path }) => path)).to.deep.equal([
      `/ping/${TOKEN}/start${rid}`,
      `/ping/${TOKEN}${rid}`,
    ]);
  });

  it("gets the same from each run, and from each scheduled command", async () => {
    const commands = [
      ["retry-accounts"],
      ["retry-accounts"],
      ["purge-invitations"],
      ["purge-jobs"],
    ];
    for (const args of commands) await scene.cli(args, env());

    expect(words()).to.deep.equal(commands.flatMap(() => pings("")));
    expect(new Set(watcher.noted.map(({ path }) => path)).size).to.equal(8);
  });

  it("keeps its query, and loses slashes at its end", async () => {
    const url = `${watcher.url}/ping/${TOKEN}//?create=1`;

    const { report } = await scene.retry([], { PING_URL: url });

    expect(watcher.noted.map(({ path }) => path)).to.deep.equal([
      `/ping/${TOKEN}/start?create=1&rid=${report.runId}`,
      `/ping/${TOKEN}?create=1&rid=${report.runId}`,
    ]);
  });

  it("may come from a file, and name a user", async () => {
    const url = new URL(env().PING_URL);
    [url.username, url.password] = ["jobs", "p@ss"];

    await scene.cli(["retry-accounts"], { PING_URL_FILE: file("ping-url", `${url.href}\n`) });

    expect(words()).to.deep.equal(pings(""));
    const authorization = `Basic ${btoa("jobs:p@ss")}`;
    expect(watcher.noted.map((noted) => noted.authorization)).to.deep.equal([
      authorization,
      authorization,
    ]);
  });

  it("gets a failure whatever it is, and also where the run could not begin", async () => {
    await givenJob(scene.db);
    const url = `postgres://postgres@127.0.0.1:${await freePort()}/family_hub`;

    const noPostgres = await scene.cli(["retry-accounts"], { ...env(), DATABASE_URL: url });
    const settings = await scene.cli(["retry-accounts"], { ...env(), RETRY_LEASE: "soon" });
    await scene.zitadel.control.setDown(true);
    const noZitadel = await scene.cli(["retry-accounts"], env());

    expect([noPostgres.code, settings.code, noZitadel.code]).to.deep.equal([69, 78, 69]);
    const both = pings("/fail");
    expect(words()).to.deep.equal([...both, ...both, ...both]);
  });

  it("gets nothing from a dry run, nor from a run that does not get the lock", async () => {
    await givenJob(scene.db);
    const lock = `select pg_advisory_xact_lock(${LOCK_CLASS}, ${LOCK_KEYS["purge-jobs"]})`;
    const blocker = await openTransaction(scene.db, lock);

    const dry = await scene.cli(["retry-accounts", "--dry-run"], env());
    const locked = await scene.cli(["purge-jobs", "--fail-if-locked"], env());
    await blocker.end();

    expect([dry.code, locked.code]).to.deep.equal([0, 75]);
    expect(words()).to.deep.equal([]);
  });

  it("gets the start while the run works, and the end when the lock is free", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
    });
    const free: boolean[] = [];
    watcher.answer("ok", async () => {
      const { yes } = await scene.db.one<{ yes: boolean }>(`select (${LOCK_IS_FREE}) as yes`);
      free.push(yes);
    });
    const run = scene.start(["retry-accounts"], env());
    await scene.zitadel.control.waitForPaused({ name: "call" });

    await waitUntil("the watcher was pinged", () => watcher.noted.length > 0);
    const during = words();
    await scene.zitadel.control.release("call");
    await run.ended;

    expect(during).to.deep.equal(pings());
    expect(words()).to.deep.equal(pings(""));
    expect(free).to.deep.equal([false, true]);
  });

  it("is asked once more when it is out of order, and then reported, also with -q", async () => {
    await givenJob(scene.db);
    watcher.answer("fail");

    const { code, stdout, stderr } = await scene.cli(["retry-accounts", "-q"], env());

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "" });
    expect(stderr).to.equal(
      `family-hub-jobs: the ping to ${watcher.url} (PING_URL) failed: it answered 500. ` +
        "The run itself is not affected.\n",
    );
    const [start, end] = [pings("")[0], pings("")[1]];
    expect(words()).to.deep.equal([start, start, end, end]);
    expect(await readRuns(scene.db)).to.have.length(1);
  });

  it("is not followed elsewhere, nor asked again where it does not exist", async () => {
    watcher.answer("redirect");
    const redirected = await scene.cli(["retry-accounts"], env());
    watcher.answer("notFound");
    const missing = await scene.cli(["retry-accounts"], env());

    expect([redirected.code, missing.code]).to.deep.equal([0, 0]);
    expect(redirected.stderr).to.include("301, a redirect");
    expect(missing.stderr).to.include("404");
    expect(words()).to.deep.equal([...pings(""), ...pings("")]);
  });

  it("that closes, is not there, or never ends its answer does not disturb the run", async () => {
    watcher.answer("close");
    const closed = await scene.cli(["retry-accounts"], env());
    watcher.answer("stall");
    const stalled = await scene.cli(["retry-accounts"], env());
    const PING_URL = `http://127.0.0.1:${await freePort()}/${TOKEN}`;
    const nobody = await scene.cli(["retry-accounts"], { PING_URL });

    expect([closed.code, stalled.code, nobody.code]).to.deep.equal([0, 0, 0]);
    expect(closed.stderr).to.include("(PING_URL) failed: ").and.to.include("ECONNRESET");
    expect(stalled.stderr).to.equal("");
    expect(nobody.stderr).to.include("(PING_URL) failed: ").and.to.include("ECONNREFUSED");
  });

  it("that is malformed is 78 before anything is touched, and not repeated", async () => {
    await givenJob(scene.db);
    const wrong = [
      TOKEN,
      `ftp://hc-ping.com/${TOKEN}`,
      `https://hc/${TOKEN}#x`,
      `http://a%:b@hc/${TOKEN}`,
    ];

    const results = await Promise.all([
      ...wrong.map((PING_URL) => scene.cli(["retry-accounts"], { PING_URL })),
      scene.cli(["retry-accounts"], { PING_URL_FILE: file("wrong", TOKEN) }),
      scene.cli(["purge-jobs"], { PING_URL: TOKEN, PING_URL_FILE: file("wrong", TOKEN) }),
    ]);

    for (const { code, stdout, stderr } of results) {
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
      expect(stderr).to.include("PING_URL").and.not.to.include(TOKEN);
    }
    expect(await readRuns(scene.db)).to.deep.equal([]);
    expect(await scene.zitadel.control.calls()).to.deep.equal([]);
  });
});

describe("a PING_URL and a PUSHGATEWAY_URL that hang", () => {
  const scene = setScene();
  const watcher = useWatcher();
  const env = () => ({ PING_URL: `${watcher.url}/ping`, PUSHGATEWAY_URL: watcher.url });

  it("keep neither lock nor connection, and the process only for a while", async () => {
    watcher.answer("hang");
    await givenJob(scene.db);
    const first = scene.start(["retry-accounts", "--json"], env());
    await until(
      scene.db,
      "exists (select from family_hub_jobs.runs where finished_at is not null)",
    );
    await until(
      scene.db,
      "not exists (select from pg_stat_activity where application_name like 'fhj%' and datname = current_database())",
    );
    const { exitCode } = first.process;
    const second = await scene.retry();

    const { code, stdout, stderr } = await first.ended;

    expect(exitCode).to.equal(null);
    expect(second.report).to.include({ outcome: "completed", due: 0 });
    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ outcome: "completed", created: 1 });
    expect(stderr).to.include("PING_URL").and.to.include("PUSHGATEWAY_URL");
    expect(stderr).to.include("no answer in time");
  });

  it("keep it less long once a signal has come", async () => {
    watcher.answer("hang");
    const run = scene.start(["retry-accounts"], env());
    const other = scene.start(["purge-jobs"], env());
    await until(
      scene.db,
      "(select count(*) = 2 from family_hub_jobs.runs where finished_at is not null)",
    );

    await run.interrupt("SIGTERM");
    const first = await Promise.race([run.ended.then(() => run), other.ended.then(() => other)]);

    expect(first).to.equal(run);
    // The work was over by then: it ended well.
    expect((await run.ended).code).to.equal(0);
    other.kill("SIGKILL");
  });
});
