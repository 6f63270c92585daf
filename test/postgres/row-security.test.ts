// Row level security: nothing is changed by a role that may not see every row, and all works where it may.
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { NEEDED_BY, type ChangingCommand } from "../../src/queue-table/needed-privileges.sql.ts";
import { asRole, holdRoles, READER, runRoleFile, TOOL } from "../support/deployed-roles.ts";
import { askDoctor, expectLine } from "../support/diagnosis.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenFamily, givenInvitation, givenJob, readJob } from "../support/given.ts";
import { everything, moment, readEvents } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

const QUEUE = "auth.queued_managed_account_creations";
const FAMILIES = "auth.families";
const TABLES = [
  ...[QUEUE, FAMILIES, "auth.users", "auth.outbox_events", "auth.family_member_invitations"],
  ...["attempts", "runs", "breaker", "operator_actions"].map((name) => `family_hub_jobs.${name}`),
];

/** A policy of somebody else's that shows nothing to our roles. */
async function guard({ db }: Scene, ...tables: string[]): Promise<void> {
  for (const table of tables) {
    await db.query(
      `alter table ${table} enable row level security;
       create policy of_somebody on ${table} using (current_user = 'somebody')`,
    );
  }
}

async function openAgain({ db }: Scene): Promise<void> {
  await db.query(
    `do $$ declare p record; begin
       for p in select schemaname, tablename, policyname from pg_policies loop
         execute format('drop policy %I on %I.%I', p.policyname, p.schemaname, p.tablename);
         execute format('alter table %I.%I disable row level security', p.schemaname, p.tablename);
       end loop;
     end $$`,
  );
}

const chosen = (choice: string) => ({ "family_hub_jobs.row_security": choice });

describe("row level security that the role of the runs does not pass", () => {
  const scene = setScene("ef");
  const cli = (...args: string[]) => scene.cli(args, asRole(scene.db, TOOL));

  before(() => runRoleFile(scene.db));
  afterEach(() => openAgain(scene));

  const argumentsOf: Readonly<Record<ChangingCommand, readonly string[]>> = {
    "retry-accounts": [],
    "purge-invitations": [],
    "purge-jobs": [],
    "queue requeue": ["--status", "failed", "--yes"],
    "queue cancel": ["--status", "pending", "--yes"],
    "queue add": [
      ...["--username", "new_kid", "--name", "Kim Smith", "--generate"],
      ...["--family", randomUUID(), "--created-by", randomUUID()],
    ],
    "queue erase": ["--username", "kid_smith", "--yes"],
    "queue pause": ["--reason", "upkeep"],
    "keys rotate": [],
  };

  for (const [command, args] of Object.entries(argumentsOf)) {
    it(`stops ${command} with 78 on each table that it uses, before it changes anything`, async () => {
      await givenJob(scene.db, { username: "kid_smith" });
      await givenJob(scene.db, { status: "failed" });
      await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
      const before = await everything(scene.db);
      const used = new Set(NEEDED_BY[command as ChangingCommand].map(([table]) => table));

      for (const table of used) {
        await guard(scene, table);
        const { code, stdout, stderr } = await cli(...command.split(" "), ...args);
        await openAgain(scene);

        expect({ table, code, stdout }).to.deep.equal({ table, code: 78, stdout: "" });
        expect(stderr).to.include(`Row level security applies to the role ${TOOL}`);
        expect(stderr).to.include(`create policy family_hub_jobs_all_rows on ${table} to ${TOOL}`);
        expect(stderr).to.include(`alter role ${TOOL} bypassrls;`);
      }
      expect(await everything(scene.db)).to.deep.equal(before);
      expect(await scene.zitadel.control.calls()).to.deep.equal([]);
    });
  }

  it("stops queue undo and dry runs, too", async () => {
    await guard(scene, QUEUE);

    const undo = await cli("queue", "undo", randomUUID());
    const dryRun = await cli("purge-jobs", "--dry-run");

    expect([undo.code, dryRun.code]).to.deep.equal([78, 78]);
  });

  it("stops a run that sees no due job at all: 0 would say that none waits", async () => {
    await givenJob(scene.db);
    await guard(scene, QUEUE);

    const { code, stderr } = await cli("retry-accounts");

    expect(code).to.equal(78);
    expect(stderr).to.include(`${QUEUE} (UPDATE, SELECT)`);
  });

  it("names every table at once, and works after its statements were executed as they stand", async () => {
    const job = await givenJob(scene.db);
    await guard(scene, FAMILIES, "auth.users", "auth.outbox_events");

    const stopped = await cli("retry-accounts");
    const statements = stopped.stderr.match(/(?<=^family-hub-jobs: )create policy .*;$/gm) ?? [];
    await scene.db.query(statements.join("\n"));
    const { report } = await scene.retry([], asRole(scene.db, TOOL));

    expect(statements).to.have.length(3);
    expect(report).to.include({ outcome: "completed", created: 1 });
    expect((await readJob(scene.db, job.id)).status).to.equal("completed");
  });

  for (const [what, policy] of [
    ["only reads", `for select to ${TOOL} using (true)`],
    ["only inserts", `for insert to ${TOOL} with check (true)`],
    ["shows some rows", `to ${TOOL} using (family_id is not null) with check (true)`],
    ["accepts some rows", `to ${TOOL} using (true) with check (family_id is not null)`],
    ["is for another role", `to ${READER} using (true) with check (true)`],
  ] as const) {
    it(`is not passed by a policy that ${what}`, async () => {
      await givenJob(scene.db);
      await guard(scene, "auth.users");
      await scene.db.query(`create policy ours on auth.users ${policy}`);

      expect((await cli("retry-accounts")).code).to.equal(78);
    });
  }

  for (const [what, policies] of [
    ["one for everybody", ["using (true)"]],
    ["one each for what it does", ["for select using (true)", "for insert with check (true)"]],
  ] as const) {
    it(`is passed by policies: ${what}`, async () => {
      await givenJob(scene.db);
      await guard(scene, "auth.users");
      for (const [place, policy] of policies.entries()) {
        await scene.db.query(`create policy ours_${place} on auth.users ${policy}`);
      }

      const { report } = await scene.retry([], asRole(scene.db, TOOL));

      expect(report).to.include({ outcome: "completed", created: 1 });
    });
  }

  it("is not passed with a restrictive policy, which is named", async () => {
    await givenJob(scene.db);
    await guard(scene, "auth.users");
    await scene.db.query(
      `create policy ours on auth.users using (true);
       create policy "one tenant" on auth.users as restrictive using (family_id is not null)`,
    );

    const { code, stderr } = await cli("retry-accounts");

    expect(code).to.equal(78);
    expect(stderr).to.include('-- auth.users: drop the restrictive policy "one tenant"');
    expect(stderr).not.to.include("create policy");
  });

  it("is found behind a view in the place of a table", async () => {
    await givenJob(scene.db);
    await scene.db.query(
      `alter table ${FAMILIES} rename to real_families;
       create view ${FAMILIES} with (security_invoker) as select * from auth.real_families;
       grant select on ${FAMILIES}, auth.real_families to ${TOOL}`,
    );
    await guard(scene, "auth.real_families");

    const { code, stderr } = await cli("retry-accounts");
    await scene.db.query("create policy ours on auth.real_families using (true)");
    const { report } = await scene.retry([], asRole(scene.db, TOOL));
    await scene.db.query(
      `drop view ${FAMILIES}; alter table auth.real_families rename to families`,
    );
    await runRoleFile(scene.db);

    expect(code).to.equal(78);
    expect(stderr).to.include("on auth.real_families to");
    expect(report).to.include({ outcome: "completed", created: 1 });
  });

  it("is of no concern on tables that the command does not use", async () => {
    await givenJob(scene.db);
    await guard(scene, "auth.family_member_invitations");

    expect((await cli("retry-accounts")).code).to.equal(0);
  });

  it("is reported by doctor, a line for each table, with the statement that fixes it", async () => {
    await guard(scene, FAMILIES, "auth.users");

    const told = await askDoctor(scene, asRole(scene.db, TOOL));
    await openAgain(scene);
    const after = await askDoctor(scene, asRole(scene.db, TOOL));

    const lines = told.lines("row security");
    expect(told.code).to.equal(1);
    expect(lines.map(({ status, found }) => [status, found.split(": ")[1]])).to.deep.equal([
      ["fail", "auth.families (SELECT)"],
      ["fail", "auth.users (SELECT, INSERT)"],
    ]);
    for (const { mend } of lines) expect(mend).to.match(/create policy .* or, .* bypassrls;$/);
    expectLine(after.line("row security"), "ok", /hides no row/, null);
  });
});

for (const variant of VARIANTS) {
  for (const choice of ["policies", "bypass"] as const) {
    describe(`row level security on the ${variant} database, with role.sql's choice ${choice}`, () => {
      const scene = setScene(variant);
      const cli = (...args: string[]) => scene.cli(args, asRole(scene.db, TOOL));
      let release: () => Promise<void>;

      before(async () => {
        release = await holdRoles(scene.db);
        await guard(scene, ...TABLES);
        await runRoleFile(scene.db, chosen(choice));
      });
      // What the roles are is the whole server's: BYPASSRLS would stay.
      afterEach(() => runRoleFile(scene.db, chosen("policies")));
      after(() => release());

      it("lets the role work as without it: adds, creates, fails, requeues, cancels, purges", async () => {
        const familyId = await givenFamily(scene.db);
        const add = ["queue", "add", "--name", "Kim Smith", "--generate", "--json"];
        const whose = ["--family", familyId, "--created-by", randomUUID()];
        const added = await cli(...add, ...whose, "--username", "new_kid");
        const failing = await givenJob(scene.db, { username: "taken_kid" });
        const unwanted = await givenJob(scene.db, { nextRetryAt: moment(variant, "1 hour") });
        const year = moment(variant, "-1 year");
        await givenJob(scene.db, { status: "completed", updatedAt: year, createdAt: year });
        await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
        await scene.zitadel.control.addUser({ username: "taken_kid" });

        const first = await scene.retry([], asRole(scene.db, TOOL));
        const requeued = await cli("queue", "requeue", failing.id, "-q");
        const canceled = await cli("queue", "cancel", unwanted.id, "-q");
        const rotated = await cli("keys", "rotate");
        const invitations = await cli("purge-invitations", "--json");
        const jobs = await cli("purge-jobs", "--json");
        const erased = await cli("queue", "erase", "--username", "taken_kid", "--yes", "-q");
        const told = await askDoctor(scene, asRole(scene.db, TOOL));
        const list = await scene.cli(["queue", "list", "-o", "name"], asRole(scene.db, READER));

        const results = { added, requeued, canceled, rotated, invitations, jobs, erased, list };
        for (const [name, { code, stderr }] of Object.entries(results)) {
          expect({ name, code, stderr }).to.deep.equal({ name, code: 0, stderr: "" });
        }
        expect(first.report).to.include({ outcome: "completed", created: 1, failed: 1 });
        expect(await readEvents(scene.db)).to.have.length(3);
        expect(JSON.parse(invitations.stdout)).to.include({ deleted: 1 });
        expect(JSON.parse(jobs.stdout)).to.include({ deleted: 1 });
        expectLine(told.line("row security"), "ok", /hides no row/, null);
        expect(list.stdout.trim().split("\n")).to.have.length(2);
      });
    });
  }
}

describe("role.sql and row level security", () => {
  const scene = setScene("own");
  let release: () => Promise<void>;

  before(async () => {
    release = await holdRoles(scene.db);
  });
  after(() => release());
  afterEach(async () => {
    await openAgain(scene);
    await runRoleFile(scene.db, chosen("policies"));
  });

  const state = () =>
    scene.db.one<{ policies: number; bypassing: number }>(
      `select (select count(*)::int from pg_policies where policyname like '%all_rows') as policies,
              (select count(*)::int from pg_roles where rolname = any ($1) and rolbypassrls) as bypassing`,
      [[TOOL, READER]],
    );

  it("does not change it without being asked, and warns of each table and role", async () => {
    await guard(scene, FAMILIES, QUEUE);

    const warnings = await runRoleFile(scene.db);

    expect(await state()).to.deep.equal({ policies: 0, bypassing: 0 });
    // The reader reads no families.
    expect(warnings).to.have.length(3);
    for (const warning of warnings) expect(warning).to.match(/row level security.*policies/);
  });

  it("keeps the choice when it is run again: policies", async () => {
    await guard(scene, FAMILIES, QUEUE);
    await runRoleFile(scene.db, chosen("policies"));

    const warnings = await runRoleFile(scene.db);

    expect(warnings).to.deep.equal([]);
    expect(await state()).to.deep.equal({ policies: 3, bypassing: 0 });
  });

  it("keeps the choice when it is run again: BYPASSRLS, which another choice takes away", async () => {
    await guard(scene, FAMILIES, QUEUE);
    await runRoleFile(scene.db, chosen("bypass"));

    const warnings = await runRoleFile(scene.db);
    const kept = await state();
    await runRoleFile(scene.db, chosen("policies"));

    expect(warnings).to.deep.equal([]);
    expect(kept).to.deep.equal({ policies: 0, bypassing: 2 });
    expect(await state()).to.deep.equal({ policies: 3, bypassing: 0 });
  });

  it("shows the reader every row, and lets it write none", async () => {
    await guard(scene, QUEUE);
    await runRoleFile(scene.db, chosen("policies"));

    const policies = await scene.db.query<object>(
      `select cmd, with_check from pg_policies where policyname = $1`,
      [`${READER}_all_rows`],
    );

    expect(policies).to.deep.equal([{ cmd: "SELECT", with_check: null }]);
  });

  it("refuses a choice that it does not know, and changes nothing", async () => {
    await scene.db.query(`alter role ${TOOL} createdb`);

    const refused = await runRoleFile(scene.db, chosen("policy")).catch(String);

    expect(refused).to.include('row_security is "policy": it must be policies or bypass');
    expect(
      await scene.db.query(`select from pg_roles where rolname = $1 and rolcreatedb`, [TOOL]),
    ).to.have.length(1);
  });
});
