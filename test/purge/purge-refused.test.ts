// Purges with rows that the database refuses to delete: all others are deleted, and these are reported.
import { expect } from "chai";
import { givenInvitation, givenJob } from "../support/given.ts";
import { readActions } from "../support/given-history.ts";
import { openTransaction, readRuns } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

interface RefusedRow {
  readonly id: string;
  readonly constraint: string | null;
  readonly table: string | null;
  readonly message: string;
}

interface PurgeJson {
  readonly outcome: string;
  readonly reason: string | null;
  readonly deleted: number;
  readonly erased: number;
  readonly refused: readonly RefusedRow[];
  readonly refusedCount: number;
}

const INVITATIONS = "auth.family_member_invitations";
const QUEUE = "auth.queued_managed_account_creations";

const raising = (sqlState: string, when: string, table: string) => `
  create function auth.keep() returns trigger language plpgsql as $$
    begin
      if exists (select from public.notes n where old::text like '%' || n.id || '%') then
        raise exception 'a note refers to it' using errcode = '${sqlState}';
      end if;
      return case when tg_op = 'DELETE' then old else new end;
    end $$;
  create ${when} on ${table} for each row execute function auth.keep();`;

const RAISING = raising("P0001", "trigger keep before delete", INVITATIONS);

/** FamilyHub renews one invitation when another is deleted. */
const renewing = (deleted: string, renewed: string) => `
  create function auth.renew() returns trigger language plpgsql as $$
    begin
      update ${INVITATIONS} set expires_at = now() + interval '1 day' where invitation_id = '${renewed}';
      return null;
    end $$;
  create trigger renew after delete on ${INVITATIONS} for each row
    when (old.invitation_id = '${deleted}') execute function auth.renew();`;

interface Rule {
  readonly what: string;
  readonly sql: string;
  readonly refusal: Omit<RefusedRow, "id" | "message">;
  readonly message: RegExp;
}

const TRIGGER = { constraint: null, table: null };
const RAISED = /^a note refers to it \(raised by auth\.keep\(\)\)$/;

const RULES: readonly Rule[] = [
  {
    what: "a foreign key of somebody else's table",
    sql: `alter table notes add constraint notes_invitation foreign key (id) references ${INVITATIONS};`,
    refusal: { constraint: "notes_invitation", table: "public.notes" },
    message: /^update or delete on table "family_member_invitations" violates foreign key/,
  },
  {
    what: "a foreign key that is checked at the commit",
    sql: `alter table notes add constraint notes_invitation foreign key (id) references ${INVITATIONS}
      deferrable initially deferred;`,
    refusal: { constraint: "notes_invitation", table: "public.notes" },
    message: /^update or delete on table "family_member_invitations" violates foreign key/,
  },
  ...["P0001", "FH001", "XX000"].map((sqlState) => ({
    what: `a trigger that raises ${sqlState}`,
    sql: raising(sqlState, "trigger keep before delete", INVITATIONS),
    refusal: TRIGGER,
    message: RAISED,
  })),
  {
    what: "a trigger that raises at the commit",
    sql: raising("P0001", "constraint trigger keep after delete", INVITATIONS).replace(
      "for each row",
      "deferrable initially deferred for each row",
    ),
    refusal: TRIGGER,
    message: RAISED,
  },
  {
    what: "a trigger that keeps them without a word",
    sql: `create function auth.keep() returns trigger language plpgsql as $$ begin return null; end $$;
      create function auth.noted(id uuid) returns boolean language sql as
        $$ select exists (select from public.notes n where n.id = $1) $$;
      create trigger keep before delete on ${INVITATIONS} for each row
        when (auth.noted(old.invitation_id)) execute function auth.keep();`,
    refusal: TRIGGER,
    message: /^a trigger on auth.family_member_invitations discarded or changed the row$/,
  },
];

describe("purge-invitations", () => {
  const scene = setScene("ef");

  for (const { what, sql, refusal, message } of RULES) {
    describe(`with invitations that ${what} refuses`, () => {
      afterEach(() => liftRules(scene));

      it("deletes all others, names each of these, and ends with 1, also the next time", async () => {
        const ids = await givenExpired(scene, 30);
        const kept = [3, 4, 17, 29].map((place) => ids[place] ?? "");
        await givenNotes(scene, kept);
        await scene.db.query(sql);

        const first = await scene.cli(["purge-invitations", "--json", "--batch-size", "13"]);
        const left = await invitations(scene);
        const second = await scene.cli(["purge-invitations", "--json"]);

        expect([first.code, second.code], first.stderr).to.deep.equal([1, 1]);
        expect(left).to.have.members(kept);
        const [done, again] = [first, second].map(({ stdout }) => JSON.parse(stdout) as PurgeJson);
        expect(done).to.include({ outcome: "completed", deleted: 26, refusedCount: 4 });
        expect(again).to.include({ outcome: "completed", deleted: 0, refusedCount: 4 });
        for (const report of [done, again]) {
          expect(report?.refused.map(({ id }) => id)).to.have.members(kept);
          for (const { id: _, message: said, ...rest } of report?.refused ?? []) {
            expect(rest).to.deep.equal(refusal);
            expect(said).to.match(message);
          }
          expect(report?.reason).to.include("the database refused 4 rows: ");
        }
        expect(first.stderr).to.include("the database refused 4 rows").and.to.include(kept[0]);
        const deleted = (await readActions(scene.db)).map(({ after }) => Number(after["deleted"]));
        expect(deleted.reduce((sum, count) => sum + count, 0)).to.equal(26);
      });
    });
  }

  it("promises nothing with --dry-run, which cannot know what the database refuses", async () => {
    await givenExpired(scene, 7);

    const { stdout } = await scene.cli(["purge-invitations", "--dry-run"]);

    expect(stdout).to.match(/: dry run, nothing changed; a run would try to delete 7 in \d+ ms /);
  });

  describe("where all refused ones expired at the same moment", () => {
    afterEach(() => liftRules(scene));

    it("reads each once, though they are more than a batch holds", async () => {
      const ids = await givenExpired(scene, 40, () => "'2020-01-01'");
      await givenNotes(scene, ids.slice(0, 25));
      await scene.db.query(RAISING);

      const { code, stdout } = await scene.cli([
        ...["purge-invitations", "--json", "--batch-size", "3"],
      ]);

      expect(code).to.equal(1);
      expect(JSON.parse(stdout)).to.include({ deleted: 15, refusedCount: 25 });
      expect(await invitations(scene)).to.have.members(ids.slice(0, 25));
    });

    it("keeps one that was renewed between reading it and its batch", async () => {
      const ids = await givenExpired(scene, 12, () => "'2020-01-01'");
      const kept = [0, 4, 7, 10].map((place) => ids[place] ?? "");
      const renewed = ids[11] ?? "";
      await givenNotes(scene, kept);
      await scene.db.query(RAISING);
      await scene.db.query(renewing(ids[1] ?? "", renewed));

      const { stdout } = await scene.cli([...["purge-invitations", "--json", "--batch-size", "3"]]);

      expect(JSON.parse(stdout)).to.include({ deleted: 7, refusedCount: 4 });
      expect(await invitations(scene)).to.have.members([...kept, renewed]);
    });
  });

  describe("with more refused ones than a report names", () => {
    afterEach(() => liftRules(scene));

    it("counts all, names the first hundred in JSON and ten for people, and keeps the rule in the ledger", async () => {
      const ids = await givenExpired(scene, 120);
      await givenNotes(scene, ids);
      await scene.db.query(RAISING);

      const json = await scene.json<PurgeJson>(["purge-invitations"]);
      const text = await scene.cli(["purge-invitations", "-q"]);

      expect(json.refusedCount).to.equal(120);
      expect(json.refused).to.have.length(100);
      expect(text.stderr.split("\n").filter((line) => line.includes("raised by"))).to.have.length(
        10,
      );
      expect(text.stderr).to.include("and 110 more").and.to.include("docs/runbook.md");
      const [line] = await readRuns(scene.db);
      expect(line).to.deep.include({
        ...{ outcome: "completed", counts: { deleted: 0, batches: 0, refusedCount: 120 } },
        reason: `the database refused 120 rows: a note refers to it (raised by auth.keep()), such as ${json.refused[0]?.id}`,
      });
      const runs = await scene.cli(["runs", "-o", "wide"]);
      expect(runs.stdout).to.include("refused 120").and.to.include("a note refers to it");
    });
  });

  describe("killed while it parts a batch", () => {
    afterEach(() => liftRules(scene));

    it("has done nothing of it, and the next run does it all", async () => {
      const ids = await givenExpired(scene, 30);
      await givenNotes(scene, ids.slice(0, 1));
      await scene.db.query(RAISING);
      // Only to be had one by one: the whole batch is refused before it comes to the last row.
      const blocker = await openTransaction(
        scene.db,
        "lock table family_hub_jobs.operator_actions",
      );
      const run = scene.start(["purge-invitations"]);
      await until(
        scene.db,
        `exists (select from pg_stat_activity where wait_event_type = 'Lock'
           and application_name like 'fhj purge%' and datname = current_database())`,
      );

      run.kill("SIGKILL");
      await run.ended;
      await blocker.end();
      const { code, stdout } = await scene.cli(["purge-invitations", "--json", "--wait", "10s"]);

      expect(code).to.equal(1);
      expect(JSON.parse(stdout)).to.include({ deleted: 29, refusedCount: 1 });
      expect(await invitations(scene)).to.deep.equal([ids[0]]);
    });
  });

  describe("whose line in the audit is refused", () => {
    afterEach(() =>
      scene.db.query("alter table family_hub_jobs.operator_actions drop constraint full_up"),
    );

    it("reports no invitation, deletes none, and its ledger has no bug", async () => {
      const ids = await givenExpired(scene, 3);
      await scene.db.query(
        "alter table family_hub_jobs.operator_actions add constraint full_up check (false) not valid",
      );

      const { code, stdout, stderr } = await scene.cli(["purge-invitations", "--json"]);

      expect([code, stdout]).to.deep.equal([1, ""]);
      expect(stderr).to.include("full_up").and.to.include("family_hub_jobs.operator_actions");
      expect(await invitations(scene)).to.have.members(ids);
      const [line] = await readRuns(scene.db);
      expect(line?.outcome).to.equal("stopped");
      expect(line?.reason).to.include("full_up");
    });
  });
});

describe("purge-jobs with rows that the database refuses", () => {
  const scene = setScene("ef");
  const OLD = { updatedAt: "now() - interval '200 days'" };

  describe("of two kinds", () => {
    afterEach(() => liftRules(scene));

    it("deletes and erases all others of each kind, and names these", async () => {
      const failed = [];
      for (let n = 0; n < 4; n += 1) {
        failed.push(await givenJob(scene.db, { ...OLD, status: "failed", retryCount: n }));
      }
      const completed = [];
      for (let n = 0; n < 4; n += 1) {
        const completedAt = n % 2 === 0 ? { completedAt: OLD.updatedAt } : {};
        completed.push(await givenJob(scene.db, { ...OLD, status: "completed", ...completedAt }));
      }
      await scene.db.query(`
      insert into family_hub_jobs.attempts (job_id, run_id, outcome, retry_count, duration_ms, finished_at)
      select id, gen_random_uuid(), 'created', 0, 1, now() from ${QUEUE} where status = 'completed';
      alter table ${QUEUE} add constraint never_two check (retry_count <> 2) not valid;`);
      const noted = [completed[0]?.id ?? "", completed[3]?.id ?? ""];
      await givenNotes(scene, noted);
      await scene.db.query(`alter table notes add foreign key (id) references ${QUEUE}`);

      const { code, stdout } = await scene.cli(["purge-jobs", "--json"]);

      expect(code).to.equal(1);
      const report = JSON.parse(stdout) as PurgeJson;
      expect(report).to.include({ erased: 3, deleted: 2, attempts: 2, refusedCount: 3 });
      expect(report.refused.map(({ id, constraint }) => [id, constraint])).to.have.deep.members([
        [failed[2]?.id, "never_two"],
        ...noted.map((id) => [id, "notes_id_fkey"]),
      ]);
      const { jobs, attempts } = await scene.db.one<{ jobs: string[]; attempts: number }>(
        `select array(select id::text from ${QUEUE} where status = 'completed') as jobs,
              (select count(*)::int from family_hub_jobs.attempts) as attempts`,
      );
      expect(jobs).to.have.members(noted);
      expect(attempts).to.equal(2);
    });
  });
});

describe("purge-jobs with a trigger that restores passwords without an error", () => {
  const scene = setScene("ef");

  describe("of failed jobs", () => {
    afterEach(() => scene.db.query("drop function auth.restore() cascade"));

    it("counts no such job as erased, names it each time, and erases all others", async () => {
      const OLD = { status: "failed", retryCount: 5, updatedAt: "now() - interval '200 days'" };
      const kept = await givenJob(scene.db, { ...OLD, fullName: "Kept Smith" });
      await givenJob(scene.db, OLD);
      await scene.db.query(
        `create function auth.restore() returns trigger language plpgsql as
           $$ begin new.encrypted_password := old.encrypted_password; return new; end $$;
         create trigger restore before update on ${QUEUE}
           for each row when (old.full_name like 'Kept%') execute function auth.restore()`,
      );

      const runs = [
        await scene.cli(["purge-jobs", "--json"]),
        await scene.cli(["purge-jobs", "--json"]),
      ];

      expect(runs.map(({ code }) => code)).to.deep.equal([1, 1]);
      const reports = runs.map(({ stdout }) => JSON.parse(stdout) as PurgeJson);
      expect(reports.map(({ erased }) => erased)).to.deep.equal([1, 0]);
      for (const { refused } of reports) {
        expect(refused.map(({ id }) => id)).to.deep.equal([kept.id]);
      }
    });
  });
});

/** In another application's table, which lists the rows that the database must not delete. */
async function givenNotes({ db }: Scene, ids: readonly string[]): Promise<void> {
  await db.query("create table notes (id uuid)");
  await db.query("insert into notes select unnest($1::uuid[])", [ids]);
}

async function liftRules({ db }: Scene): Promise<void> {
  await db.query(`
    drop function if exists auth.keep() cascade;
    drop function if exists auth.noted(uuid) cascade;
    drop function if exists auth.renew() cascade;
    drop table notes cascade;
    alter table ${QUEUE} drop constraint if exists never_two;`);
}

/** Each an hour older than the one before it, unless said otherwise. @returns ids, the youngest first */
async function givenExpired(
  scene: Scene,
  count: number,
  expiresAt = (n: number) => `now() - interval '31 days' - interval '${n} hours'`,
): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) {
    ids.push(await givenInvitation(scene.db, { expiresAt: expiresAt(n) }));
  }
  return ids;
}

async function invitations(scene: Scene): Promise<string[]> {
  const rows = await scene.db.query<{ id: string }>(
    `select invitation_id as id from ${INVITATIONS} order by expires_at`,
  );
  return rows.map(({ id }) => id);
}
