// The checks of doctor that need hours in practice, with limits that a test can wait for.
import { expect } from "chai";
import { LOCK_CLASS } from "../../src/postgres/lock-keys.ts";
import { openContext } from "../../src/doctor/runtime.ts";
import { surveySettings } from "../../src/config/settings-survey.ts";
import { diagnose, type Checked } from "../../src/doctor/doctor.ts";
import { CONNECTION, LIMITS, ok, type Check, type Limits } from "../../src/doctor/check.ts";
import { CHECKS } from "../../src/doctor/checks.ts";
import { givenFamily, givenJob } from "../support/given.ts";
import { ownServer } from "../support/own-server.ts";
import { openTransaction } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";
import { CERTIFICATE_FILE, startTlsServer } from "../support/tls-server.ts";

const OF_POSTGRES = CHECKS.filter(({ name }) =>
  [CONNECTION, "migrations", "old transactions", "dead rows", "locks held"].includes(name),
);

const OF_SEARCH = CHECKS.filter(({ name }) =>
  [CONNECTION, "migrations", "tables", "search"].includes(name),
);

const OF_TLS = CHECKS.filter(({ name }) => name === "certificate");

describe("the doctor's limits", () => {
  const server = ownServer(() => ["max_prepared_transactions=2"]);
  const scene = setScene("own", server.open);

  async function look(
    limits: Partial<Limits>,
    checks = OF_POSTGRES,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<Checked[]> {
    const survey = surveySettings({ ...scene.env, ...settings }, new Set());
    const { context, close } = openContext(survey);
    try {
      const { checks: found } = await diagnose(
        { ...context, limits: { ...LIMITS, ...limits } },
        checks,
      );
      return found.filter(({ status }) => status !== "ok");
    } finally {
      await close();
    }
  }

  it("leave keys in use to `keys list` where counting them takes long, and continue", async () => {
    await givenJob(scene.db);
    const checks = CHECKS.filter(({ group }) => !["Configuration", "Zitadel"].includes(group));
    const others = (found: readonly Checked[]) =>
      found.filter(({ name }) => name !== "keys in use");

    const context = await look({}, checks);
    const hasty = await look({ keysInUse: 0 }, checks);

    expect(others(context)).to.deep.equal(context);
    expect(others(hasty)).to.deep.equal(context);
    const [keys] = hasty.filter(({ name }) => name === "keys in use");
    expect(keys).to.include({ status: "skip", fix: null });
    expect(keys?.found).to.include("`family-hub-jobs keys list`");
  });

  it("report an old transaction: its process, its name, its age, and how to end it", async () => {
    const open = await openTransaction(
      scene.db,
      "set application_name = 'nightly report'; select txid_current()",
    );

    const found = await look({ oldTransaction: 0 });
    const context = await look({});
    const [{ fix } = { fix: "" }] = found;
    await scene.db.query((fix ?? "").replace("in psql: ", ""));
    await until(
      scene.db,
      "not exists (select from pg_stat_activity where application_name = 'nightly report')",
    );
    const after = await look({ oldTransaction: 0 });
    await open.end().catch(() => undefined);

    expect(found).to.have.length(1);
    expect(found[0]).to.include({ name: "old transactions", status: "warn" });
    expect(found[0]?.found).to.match(/^"nightly report", pid \d+: idle in transaction for \d+s; /);
    expect(found[0]?.fix).to.match(/^in psql: select pg_terminate_backend\(\d+\)$/);
    expect([context, after]).to.deep.equal([[], []]);
  });

  it("report a prepared transaction, which has no process", async () => {
    const open = await openTransaction(scene.db, "select txid_current()");
    await open.end();
    await scene.db.query("begin; select txid_current(); prepare transaction 'it''s lost'");

    const found = await look({ oldTransaction: 0 });
    const [{ fix } = { fix: "" }] = found;
    await scene.db.query((fix ?? "").replace("in psql: ", ""));

    expect(found[0]?.found).to.match(/^role postgres: prepared for 0s/);
    expect(found[0]?.fix).to.equal("in psql: rollback prepared 'it''s lost'");
    expect(await look({ oldTransaction: 0 })).to.deep.equal([]);
  });

  it("report a lock that is held for long, and pass over the run's own idle transaction", async () => {
    const lock = await openTransaction(
      scene.db,
      `set application_name = 'fhj purge-jobs 3f0c6c1e';
       select pg_advisory_xact_lock(${LOCK_CLASS}, 7), pg_advisory_xact_lock_shared(${LOCK_CLASS}, 0)`,
    );

    const found = await look({ oldLock: 0, oldTransaction: 0 });
    await lock.end();

    expect(found.map(({ name, status }) => [name, status])).to.deep.equal([["locks held", "warn"]]);
    expect(found[0]?.found).to.match(
      /^purge-jobs by fhj purge-jobs 3f0c6c1e \(Postgres backend \d+\) for 0s$/,
    );
    expect(found[0]?.fix).to.match(/runs --outcome running -o wide.*pg_terminate_backend\(\d+\)/);
  });

  it("report a table of dead rows, and how to clear it", async () => {
    const family = await givenFamily(scene.db);
    await scene.db.query(
      `alter table auth.users set (autovacuum_enabled = false);
       insert into auth.users (id, email, external_user_id, external_provider, family_id)
       select gen_random_uuid(), n || '@example.com', n::text, 'zitadel', '${family}'
       from generate_series(1, 500) n;
       delete from auth.users;
       select pg_stat_force_next_flush()`,
    );

    const found = await look({ deadRows: 100 });
    await scene.db.query("vacuum auth.users");

    expect(found).to.have.length(1);
    expect(found[0]?.found).to.match(/^auth\.users has \d+ dead and 0 live rows, .*never$/);
    expect(found[0]?.fix).to.match(/vacuum \(analyze\) auth\.users/);
  });

  it("report where a search reads many jobs, and which index it lacks", async () => {
    await givenJob(scene.db);
    await scene.db.query("analyze auth.queued_managed_account_creations");

    const found = await look({ searchedJobs: 0 }, OF_SEARCH);

    expect(found.map(({ name, status }) => [name, status])).to.deep.equal([["search", "warn"]]);
    expect(found[0]?.fix).to.match(
      /create extension if not exists pg_trgm; create index concurrently/,
    );
  });

  it("report a certificate that ends soon, the server's and the CA file's", async () => {
    const tls = await startTlsServer();
    const settings = { ZITADEL_URL: tls.url, ZITADEL_CA_FILE: CERTIFICATE_FILE };

    const soon = await look({ certificateLeft: 1e14 }, OF_TLS, settings);
    const late = await look({ certificateLeft: 0 }, OF_TLS, settings);
    await tls.stop();

    expect(soon.map(({ status }) => status)).to.deep.equal(["warn", "warn"]);
    expect(soon[0]?.fix).to.match(/^renew the certificate of 127\.0\.0\.1/);
    expect(soon[1]?.found).to.match(/^a CA of ZITADEL_CA_FILE expires on \d{4}-/);
    expect(late).to.deep.equal([]);
  });

  it("report a bug in one check together with the findings of the others", async () => {
    const broken: Check = {
      name: "broken",
      group: "Configuration",
      look: () => Promise.reject(new TypeError("about s3cr3t")),
    };
    const next: Check = { name: "next", group: "Configuration", look: async () => ok("well") };

    const found = await look({}, [broken, next]);

    expect(found).to.have.length(1);
    expect(found[0]).to.include({ name: "broken", status: "fail" });
    expect(found[0]?.found).to.match(/bug in the tool \(TypeError\)/);
    expect(JSON.stringify(found)).not.to.include("s3cr3t");
  });

  it("stop asking a Postgres that was lost on the way", async () => {
    const { context, close } = openContext(surveySettings(scene.env, new Set()));
    const cut: Check = {
      name: "cut",
      group: "Postgres",
      needs: [CONNECTION],
      look: async () => {
        const db = await context.postgres();
        await db.query("select pg_terminate_backend(pg_backend_pid())");
        return ok("never said");
      },
    };
    const [connection, ...rest] = OF_POSTGRES;

    const { checks } = await diagnose(context, [connection as Check, cut, ...rest]);
    await close();

    expect(checks.map(({ status }) => status)).to.deep.equal([
      ...["ok", "fail", "skip", "skip", "skip", "skip"],
    ]);
    expect(checks[2]?.found).to.equal("not checked: see connection (lost at cut)");
  });
});

describe("the doctor's checks", () => {
  it("have names of their own, and need only what comes before them in their lane", () => {
    const names = CHECKS.map(({ name }) => name);

    expect(new Set(names).size).to.equal(names.length);
    for (const [index, { name, needs = [] }] of CHECKS.entries()) {
      for (const need of needs) {
        expect(names.slice(0, index), `${name} needs ${need}`).to.include(need);
      }
    }
  });
});
