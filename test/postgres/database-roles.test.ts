// The roles of deploy/postgres/role.sql: the commands work under them, and nothing else does.
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect } from "chai";
import pg from "pg";
import { generateKey } from "../../src/passwords/generate.ts";
import { checkPrivileges } from "../../src/queue-table/privileges.sql.ts";
import { CHECKOUT } from "../support/documents.ts";
import { asRole, READER, refusalOf, runRoleFile, TOOL } from "../support/deployed-roles.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenAttempts, givenRun } from "../support/given-history.ts";
import { givenJobUnder, ringEnv } from "../support/given-keys.ts";
import { givenFamily, givenInvitation, givenJob, readJob, whenDue } from "../support/given.ts";
import { givenPendingIndex } from "../support/given-pending-index.ts";
import { ownServer } from "../support/own-server.ts";
import { everything, givenHeld, moment, readEvents } from "../support/rows.ts";
import { pressTab } from "../support/press-tab.ts";
import { setScene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

const REFUSED = "42501";
const QUEUE = "auth.queued_managed_account_creations";

for (const variant of VARIANTS) {
  describe(`the role ${TOOL} on the ${variant} database`, () => {
    const scene = setScene(variant);
    const env = () => asRole(scene.db, TOOL);
    const cli = (...args: string[]) => scene.cli(args, env());

    before(() => runRoleFile(scene.db));

    it("adds, lists, works, requeues, cancels, shows and purges: the whole day of a queue", async () => {
      const familyId = await givenFamily(scene.db);
      const add = ["queue", "add", "--name", "Kim Smith", "--generate", "--json"];
      const whose = ["--family", familyId, "--created-by", randomUUID()];
      const added = await cli(...add, ...whose, "--username", "new_kid");
      const { id } = JSON.parse(added.stdout) as { id: string };
      const [failing, unwanted] = [
        await givenJob(scene.db, { username: "taken_kid" }),
        await givenJob(scene.db, { nextRetryAt: "now() + interval '1 hour'" }),
      ];
      await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
      await scene.zitadel.control.addUser({ username: "taken_kid" });

      const listed = await cli("queue", "list", "--due", "-o", "name");
      const first = await scene.retry([], env());
      const failed = await cli("queue", "show", failing.id);
      const requeued = await cli("queue", "requeue", failing.id, "--reason", "renamed", "-q");
      const canceled = await cli("queue", "cancel", unwanted.id, failing.id, "-q");
      const shown = await cli("queue", "show", id, "--json");
      const purged = await cli("purge-invitations", "--json");
      const status = await cli("migrate", "status", "--check");

      const results = { added, listed, failed, requeued, canceled, shown, purged, status };
      for (const [name, { code, stderr }] of Object.entries(results)) {
        expect({ name, code, stderr }).to.deep.equal({ name, code: 0, stderr: "" });
      }
      expect(listed.stdout.trim().split("\n")).to.have.members([id, failing.id]);
      expect(first.report).to.include({ outcome: "completed", due: 2, created: 1, failed: 1 });
      expect(failed.stdout).to.match(/event +ManagedAccountCreationFailedEvent/);
      expect(failed.stdout).to.match(/^Password +present, key /m);
      expect(JSON.parse(purged.stdout)).to.include({ outcome: "completed", deleted: 1 });
      expect((JSON.parse(shown.stdout) as { job: object }).job).to.include({ status: "completed" });
      expect(await readEvents(scene.db)).to.have.length(4);
    });

    it("cannot roll migrations back, which is said before anybody is asked about the audit", async () => {
      const job = await givenJob(scene.db, { status: "failed" });
      await scene.cli(["queue", "cancel", job.id]);

      const asked = await cli("migrate", "rollback", "--all");
      const sure = await cli("migrate", "rollback", "--all", "--yes");

      for (const { code, stdout, stderr } of [asked, sure]) {
        expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
        expect(stderr).to.match(
          /Nothing was rolled back: \S+ belongs to the role postgres, .* logs in as family_hub_jobs\. Log in as/,
        );
      }
    });

    it("purges old jobs and history, erases a person, lists and rotates keys: the whole year", async () => {
      const [fresh, old] = [await generateKey("EC"), await generateKey("EC")];
      const year = { updatedAt: moment(variant, "-1 year"), createdAt: moment(variant, "-1 year") };
      const completed = await givenJob(scene.db, { ...year, status: "completed" });
      await givenJobUnder(scene.db, old, { ...year, status: "failed" });
      await givenAttempts(scene.db, 2, "now() - interval '1 year'", completed.id);
      await givenAttempts(scene.db, 3, "now() - interval '1 year'");
      await givenRun(scene.db, "now() - interval '2 years'");
      const person = await givenJobUnder(scene.db, old, { username: "kid_smith" });
      await givenAttempts(scene.db, 1, "now()", person.id);
      const ring = { ...env(), ...ringEnv(fresh, old) };

      const rotated = await scene.cli(["keys", "rotate", "--json"], ring);
      const keys = await scene.cli(["keys", "list", "--json"], ring);
      const purged = await cli("purge-jobs", "--json");
      const erased = await cli("queue", "erase", "--username", "kid_smith", "--yes", "--json");

      const results = { rotated, keys, purged, erased };
      for (const [name, { code, stderr }] of Object.entries(results)) {
        expect({ name, code, stderr }).to.deep.equal({ name, code: 0, stderr: "" });
      }
      expect(JSON.parse(rotated.stdout)).to.include({ outcome: "completed", rotated: 2 });
      expect(JSON.parse(purged.stdout)).to.include({
        ...{ outcome: "completed", deleted: 1, erased: 1, attempts: 5, runs: 1 },
      });
      expect(JSON.stringify(JSON.parse(erased.stdout))).to.include(person.id);
    });

    it("retries, rescues, adopts, fails what has no retries left, and notes that Zitadel is down and back", async () => {
      const { control } = scene.zitadel;
      const [transient, dead, spent] = [
        await givenJob(scene.db),
        await givenJob(scene.db),
        await givenJob(scene.db, { retryCount: 5 }),
      ];
      for (const job of [dead, spent]) await givenHeld(scene.db, job, "-1 second");
      await control.addUser({ userId: spent.id, username: spent.username });
      await control.addFault({
        ...{ method: "CreateUser", match: { userId: transient.id }, kind: "grpc", code: 13 },
      });

      const worked = await scene.retry([], env());
      await whenDue(scene.db);
      await control.setFaults([]);
      await control.setDown(true);
      const down = await scene.retry([], env());
      await control.setDown(false);
      const back = await scene.retry([], env());

      expect(worked.report).to.include({ rescued: 2, created: 1, adopted: 1, retried: 1 });
      expect([worked.code, down.code, back.code]).to.deep.equal([0, 69, 0]);
      expect((await readJob(scene.db, transient.id)).status).to.equal("completed");
    });
  });
}

describe(`the role ${TOOL}`, () => {
  const scene = setScene("ef");

  before(() => runRoleFile(scene.db));

  it("has all that a run asks for before it begins", async () => {
    const client = new pg.Client({ connectionString: asRole(scene.db, TOOL).DATABASE_URL });
    await client.connect();
    const query = async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(sql, [...values])).rows;

    try {
      await checkPrivileges({ query });
    } finally {
      await client.end();
    }
  });

  it("learns before any account is created which columns it can no longer read", async () => {
    await givenJob(scene.db);
    await scene.db.query(`revoke select (email, username) on auth.users from ${TOOL}`);

    const { code, stderr } = await scene.cli(["retry-accounts"], asRole(scene.db, TOOL));
    await runRoleFile(scene.db);

    expect(code).to.equal(78);
    expect(stderr).to.include(`grant select (username, email) on auth.users to ${TOOL};`);
    expect(await scene.zitadel.control.calls()).to.deep.equal([]);
  });

  it("can add to the audit, and neither change nor delete what is in it", async () => {
    const job = await givenJob(scene.db);
    await scene.cli(["queue", "cancel", job.id], asRole(scene.db, TOOL));
    const table = "family_hub_jobs.operator_actions";
    const forbidden = [
      `update ${table} set actor = 'nobody'`,
      `delete from ${table}`,
      `truncate ${table}`,
      `alter table ${table} disable trigger all`,
      `drop table ${table}`,
      `insert into ${table} (actor, verb, at) values ('ceo', 'cancel', '2020-01-01')`,
      `insert into ${table} (action_id, actor, verb) overriding system value values (99, 'x', 'y')`,
    ];

    const refusals = await Promise.all(forbidden.map((sql) => refusalOf(scene.db, TOOL, sql)));

    expect(refusals).to.deep.equal(forbidden.map(() => REFUSED));
    expect(await refusalOf(scene.db, TOOL, `select * from ${table}`)).to.equal(null);
    expect(await scene.db.query(`select from ${table} where verb = 'cancel'`)).to.have.length(1);
  });

  it("can neither give a waiting account to another nor write attempts of another time", async () => {
    const attempts = "family_hub_jobs.attempts";
    const columns = ["id", "family_id", "username", "full_name", "role", "created_by_user_id"];
    const forbidden = [
      ...columns.map((column) => `update ${QUEUE} set ${column} = ${column}`),
      `insert into ${attempts} (job_id, run_id, outcome, retry_count, duration_ms, finished_at)
       values (gen_random_uuid(), gen_random_uuid(), 'created', 0, 1, '2020-01-01')`,
    ];

    const refusals = await Promise.all(forbidden.map((sql) => refusalOf(scene.db, TOOL, sql)));

    expect(refusals).to.deep.equal(forbidden.map(() => REFUSED));
    const status = `update ${QUEUE} set status = status`;
    expect(await refusalOf(scene.db, TOOL, status)).to.equal(null);
  });

  it("cannot change the schema, nor migrate: 78, and everything is as it was", async () => {
    const forbidden = [
      "create schema mine",
      "create table auth.mine (id int)",
      "create table family_hub_jobs.mine (id int)",
      `create index on ${QUEUE} (role)`,
      `alter table ${QUEUE} add column mine int`,
      `alter table ${QUEUE} owner to ${TOOL}`,
      `drop table ${QUEUE}`,
      `truncate ${QUEUE}`,
      "drop schema family_hub_jobs cascade",
      "create role mine",
      `alter role ${TOOL} superuser`,
    ];

    const refusals = await Promise.all(forbidden.map((sql) => refusalOf(scene.db, TOOL, sql)));
    const rollback = await scene.cli(["migrate", "rollback", "--all"], asRole(scene.db, TOOL));
    await scene.db.query("delete from family_hub_jobs.migrations where name like '0004%'");
    const migrate = await scene.cli(["migrate"], asRole(scene.db, TOOL));
    await scene.db.query(
      `insert into family_hub_jobs.migrations (name, batch, migration_time)
       values ('0004_indexes', 1, now())`,
    );

    const answers = forbidden.map((sql, index) => [sql, refusals[index]]);
    expect(answers).to.deep.equal(forbidden.map((sql) => [sql, REFUSED]));
    expect([rollback.code, migrate.code]).to.deep.equal([78, 78]);
    expect(rollback.stderr + migrate.stderr).to.match(/permission denied/);
    expect((await scene.cli(["migrate", "status", "--check"])).code).to.equal(0);
  });

  it("reads and writes of FamilyHub's tables only what it needs", async () => {
    const forbidden = [
      "select token from auth.family_member_invitations",
      "select display_code from auth.family_member_invitations",
      "update auth.family_member_invitations set expires_at = now()",
      "update auth.family_member_invitations set status = 'accepted'",
      "insert into auth.family_member_invitations select",
      "select name from auth.families",
      "update auth.families set name = 'mine'",
      "delete from auth.families",
      "select full_name from auth.users",
      "update auth.users set email = 'mine@example.com'",
      "delete from auth.users",
      "select error_message from auth.outbox_events",
      "update auth.outbox_events set status = 1",
      "delete from auth.outbox_events",
      "delete from family_hub_jobs.breaker",
      "update family_hub_jobs.attempts set outcome = 'created'",
      "update family_hub_jobs.migrations set name = 'mine'",
      "select * from family_hub_jobs.migrations_lock",
    ];

    const refusals = await Promise.all(forbidden.map((sql) => refusalOf(scene.db, TOOL, sql)));

    const answers = forbidden.map((sql, index) => [sql, refusals[index]]);
    expect(answers).to.deep.equal(forbidden.map((sql) => [sql, REFUSED]));
  });

  it("loses additional privileges when the file is run again, and works as before", async () => {
    await scene.db.query(
      `grant all on all tables in schema auth, family_hub_jobs to ${TOOL};
       grant create on schema auth to ${TOOL};
       grant all on ${QUEUE} to ${READER}`,
    );

    await runRoleFile(scene.db);
    await runRoleFile(scene.db);

    const audit = "delete from family_hub_jobs.operator_actions";
    expect(await refusalOf(scene.db, TOOL, audit)).to.equal(REFUSED);
    expect(await refusalOf(scene.db, TOOL, "create table auth.mine (id int)")).to.equal(REFUSED);
    expect(await refusalOf(scene.db, READER, `delete from ${QUEUE}`)).to.equal(REFUSED);
    await givenJob(scene.db);
    const { report } = await scene.retry([], asRole(scene.db, TOOL));
    expect(report).to.include({ outcome: "completed", created: 1 });
  });

  it("yields to a migration of another role, naming it without the age that it may not see", async () => {
    await givenJob(scene.db);
    await givenPendingIndex(scene.db);
    const blocker = new pg.Client({ connectionString: scene.db.url });
    await blocker.connect();
    await blocker.query(`begin; lock table ${QUEUE} in row exclusive mode`);
    const migrating = scene.start(["migrate"]);
    await until(
      scene.db,
      `exists (select from pg_stat_activity where query like '%index concurrently%'
               and wait_event_type = 'Lock' and datname = current_database())`,
    );

    const run = await scene.retry(["--fail-if-locked"], asRole(scene.db, TOOL));
    await blocker.end();

    expect(run.code).to.equal(75);
    expect(run.report).to.include({ outcome: "locked", claimed: 0 });
    expect(run.stderr).to.match(/the schema lock is held by fhj schema \d+\n$/);
    expect((await migrating.ended).code).to.equal(0);
  });
});

describe(`the role ${TOOL} of a server of its own`, () => {
  const scene = setScene("own", ownServer().open);

  it("is not made by an owner who may not create roles, who can renew it after a superuser made it", async () => {
    await scene.db.query(
      `create role plain_owner login;
       do $$
       declare place record;
       begin
         for place in select n.nspname, c.relname from pg_class c
                      join pg_namespace n on n.oid = c.relnamespace
                      where n.nspname in ('auth', 'family_hub_jobs') and c.relkind = 'r' loop
           execute format('alter table %I.%I owner to plain_owner', place.nspname, place.relname);
         end loop;
       end $$;
       alter schema auth owner to plain_owner;
       alter schema family_hub_jobs owner to plain_owner`,
    );
    const asOwner = { ...scene.db, url: asRole(scene.db, "plain_owner").DATABASE_URL };

    const refused = await runRoleFile(asOwner).catch((error: unknown) => error);
    await runRoleFile(scene.db);
    const warnings = await runRoleFile(asOwner);
    const { code, report } = await scene.retry([], asRole(scene.db, TOOL));

    expect(refused).to.include({
      message: `the role plain_owner may not create the roles ${TOOL} and ${READER}`,
    });
    expect(refused).to.have.property("hint").that.includes("as a superuser the first time");
    expect(warnings).to.deep.equal([]);
    expect({ code, outcome: report.outcome }).to.deep.equal({ code: 0, outcome: "completed" });
    await scene.db.query(`drop owned by ${TOOL}, ${READER}; drop role ${TOOL}, ${READER}`);
  });

  it("is removed as installing.md says, with the schema and all privileges", async () => {
    await runRoleFile(scene.db, { "family_hub_jobs.row_security": "policies" });
    const page = await readFile(`${CHECKOUT}docs/installing.md`, "utf8");
    const [line = ""] = /^psql .*drop schema.*$/m.exec(page) ?? [];
    const statements = [...line.matchAll(/-c '([^']+)'/g)].map(([, statement = ""]) => statement);

    const rolledBack = await scene.cli(["migrate", "rollback", "--all", "--yes"]);
    for (const statement of statements) await scene.db.query(statement);
    const left = await scene.db.query(
      `select nspname as name from pg_namespace where nspname = 'family_hub_jobs'
       union all select rolname from pg_roles where rolname like 'family_hub_jobs%'`,
    );
    const migrated = await scene.cli(["migrate"]);

    expect(rolledBack.code).to.equal(0);
    expect(statements).to.have.length(4);
    expect(left).to.deep.equal([]);
    expect(migrated.code).to.equal(0);
  });

  it("loses attributes that it had before, such as superuser", async () => {
    await scene.db.query(`create role ${TOOL} login createdb createrole`);

    await runRoleFile(scene.db);

    const roles = await scene.db.query<object>(
      `select rolname from pg_roles where rolname = any ($1)
         and not (rolsuper or rolcreatedb or rolcreaterole or rolreplication)`,
      [[TOOL, READER]],
    );
    expect(roles).to.have.length(2);
  });
});

for (const variant of VARIANTS) {
  describe(`the role ${READER} on the ${variant} database`, () => {
    const scene = setScene(variant);
    const cli = (...args: string[]) => scene.cli(args, asRole(scene.db, READER));

    before(() => runRoleFile(scene.db));

    it("lists and shows jobs, without reading passwords", async () => {
      const job = await givenJob(scene.db, { username: "kid_smith" });
      await scene.zitadel.control.addUser({ username: "kid_smith" });
      await scene.retry();
      await scene.cli(["queue", "requeue", job.id]);
      const held = await givenJob(scene.db);
      await givenHeld(scene.db, held, "1 minute");

      const list = await cli("queue", "list", "-o", "wide", "--stuck", "--search", "x");
      const all = await cli("queue", "list", "--json");
      const text = await cli("queue", "show", job.id);
      const json = await cli("queue", "show", held.id, "--json");
      const tab = await pressTab(cli, "queue", "show", "");
      const verify = await cli("queue", "verify", held.id, "--json");

      for (const { code, stderr } of [list, all, text, json, verify, tab]) {
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      }
      expect(tab.stdout).to.include(job.id).and.to.include(held.id);
      expect(all.stdout).to.include(job.id).and.to.include(held.id);
      expect(text.stdout).to.match(/^Password +unknown$/m);
      for (const kind of ["created", "attempt", "event", "action"]) {
        expect(text.stdout).to.match(new RegExp(`^.{24}  ${kind} `, "m"));
      }
      const answer = JSON.parse(json.stdout) as { job: object };
      expect(answer.job).to.include({ password: "unknown", keyId: null, status: "processing" });
    });

    it("can do nothing else: 78, and everything is as it was", async () => {
      const job = await givenJob(scene.db, { status: "failed" });
      await givenJob(scene.db);
      await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
      const before = await everything(scene.db);
      const add = ["queue", "add", "--username", "new_kid", "--name", "Kim", "--generate"];

      const results = await Promise.all([
        cli("queue", "requeue", job.id),
        cli("queue", "cancel", job.id),
        cli(...add, "--family", job.familyId, "--created-by", job.id),
        cli("retry-accounts"),
        cli("purge-invitations"),
        cli("purge-jobs"),
        cli("queue", "erase", "--username", job.username, "--yes"),
        cli("keys", "rotate"),
      ]);
      const password = await refusalOf(scene.db, READER, `select encrypted_password from ${QUEUE}`);

      for (const [index, { code, stdout, stderr }] of results.entries()) {
        expect({ index, code, stdout }).to.deep.equal({ index, code: 78, stdout: "" });
        expect(stderr).to.match(/permission denied|lacks privileges/);
      }
      expect(password).to.equal(REFUSED);
      expect(await everything(scene.db)).to.deep.equal(before);
      expect(await scene.zitadel.control.calls()).to.deep.equal([]);
    });
  });
}
