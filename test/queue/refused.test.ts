// Commands that change many jobs, some of which the database refuses to change: all others are changed.
import { expect } from "chai";
import { generateKey } from "../../src/passwords/generate.ts";
import { givenFamily, givenJob, readJob, type JobFields } from "../support/given.ts";
import { readActions } from "../support/given-history.ts";
import { givenJobUnder, readSealed, ringEnv } from "../support/given-keys.ts";
import { readRuns } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

const QUEUE = "auth.queued_managed_account_creations";

interface Report {
  readonly refused: readonly { readonly id: string; readonly constraint: string | null }[];
  readonly refusedCount: number;
  readonly [verb: string]: unknown;
}

const KEPT: JobFields = { fullName: "Kept Smith" };

/** Each refuses the jobs of people called Kept. */
const RULES: readonly (readonly [what: string, constraint: string | null, sql: string])[] = [
  [
    "a check that was added not valid",
    "never_kept",
    `alter table ${QUEUE} add constraint never_kept check (full_name not like 'Kept%') not valid`,
  ],
  ["a trigger that raises FH001", null, raising("trigger keep before update or delete", "FH001")],
  [
    "a trigger that raises at the commit",
    null,
    raising(
      "constraint trigger keep after update or delete",
      "XX000",
      "deferrable initially deferred",
    ),
  ],
  [
    "a trigger that drops the change without an error",
    null,
    meddling("before update or delete", "return null;"),
  ],
  [
    "a trigger that alters the change back without an error",
    null,
    meddling(
      "before update or delete",
      "if tg_op = 'DELETE' then return null; end if; return old;",
    ),
  ],
];

function meddling(when: string, body: string): string {
  return `
    create function auth.keep() returns trigger language plpgsql as $$ begin ${body} end $$;
    create trigger keep ${when} on ${QUEUE}
      for each row when (old.full_name like 'Kept%') execute function auth.keep()`;
}

function raising(trigger: string, sqlState: string, when = ""): string {
  return `
    create function auth.keep() returns trigger language plpgsql as $$
      begin raise exception 'not while kept' using errcode = '${sqlState}'; end $$;
    create ${trigger} on ${QUEUE} ${when}
      for each row when (old.full_name like 'Kept%') execute function auth.keep()`;
}

async function liftRules({ db }: Scene): Promise<void> {
  await db.query(`
    drop function if exists auth.keep() cascade;
    alter table ${QUEUE} drop constraint if exists never_kept;`);
}

/** Seven jobs, the third and sixth of which are refused. */
async function givenJobs(
  scene: Scene,
  fields: JobFields,
): Promise<{ kept: string[]; others: string[] }> {
  const kept: string[] = [];
  const others: string[] = [];
  for (let n = 0; n < 7; n += 1) {
    const refused = n === 2 || n === 5;
    const job = await givenJob(scene.db, { ...fields, ...(refused && KEPT) });
    (refused ? kept : others).push(job.id);
  }
  return { kept, others };
}

for (const [what, constraint, sql] of RULES) {
  describe(`with jobs that ${what} refuses to change`, () => {
    const scene = setScene();
    const FAILED = { status: "failed", retryCount: 5, lastErrorCode: "timeout" };

    describe("the others", () => {
      afterEach(() => liftRules(scene));

      /** Twice: the second time only the refused ones are left to be refused. */
      async function act(args: readonly string[]): Promise<Report[]> {
        const first = await scene.cli([...args, "--json"]);
        const second = await scene.cli([...args, "--json"]);
        expect([first.code, second.code], first.stderr).to.deep.equal([1, 1]);
        expect(first.stderr)
          .to.include("the database refused 2 rows")
          .and.to.include("docs/runbook.md");
        return [first, second].map(({ stdout }) => JSON.parse(stdout) as Report);
      }

      function expectRefused(reports: readonly Report[], kept: readonly string[]): void {
        for (const { refused, refusedCount } of reports) {
          expect(refusedCount).to.equal(2);
          expect(refused.map(({ id }) => id)).to.have.members(kept);
          expect(refused.map((row) => row.constraint)).to.deep.equal([constraint, constraint]);
        }
      }

      for (const [verb, done] of [
        ["requeue", "requeued"],
        ["cancel", "canceled"],
      ] as const) {
        it(`are ${done} by filter, and the audit has no other`, async () => {
          const { kept, others } = await givenJobs(scene, FAILED);
          await scene.db.query(sql);

          const reports = await act(["queue", verb, "--error", "timeout", "--yes"]);

          expectRefused(reports, kept);
          expect(reports.map((report) => report[done])).to.deep.equal([others, []]);
          const audit = await readActions(scene.db);
          expect(audit.map(({ jobId }) => jobId)).to.have.members(others);
          for (const id of kept) expect((await readJob(scene.db, id)).status).to.equal("failed");
        });
      }

      it("become due in their order with --rate, without gaps, and --expect counts what was meant", async () => {
        const { kept, others } = await givenJobs(scene, FAILED);
        await scene.db.query(sql);

        const { code, stdout } = await scene.cli([
          ...["queue", "requeue", "--status", "failed", "--yes", "--json", "--rate", "1/m"],
          ...["--expect", "7"],
        ]);

        expect(code).to.equal(1);
        expectRefused([JSON.parse(stdout) as Report], kept);
        // Each piece counts from its own beginning, seconds later where the machine is busy.
        const rows = await scene.db.query<{ id: string; minute: number }>(
          `select id, round(extract(epoch from next_retry_at - min(next_retry_at) over ()) / 60)::int as minute
           from ${QUEUE} where status = 'pending' order by next_retry_at`,
        );
        expect(rows.map(({ id }) => id)).to.deep.equal(others);
        expect(rows.map(({ minute }) => minute)).to.deep.equal([0, 1, 2, 3, 4]);
      });

      it("are undone", async () => {
        const { kept, others } = await givenJobs(scene, FAILED);
        const { actionId } = await scene.json<{ actionId: string }>([
          ...["queue", "requeue", "--status", "failed", "--yes"],
        ]);
        await scene.db.query(sql);

        const reports = await act(["queue", "undo", actionId]);

        expectRefused(reports, kept);
        expect(reports[0]?.["undone"]).to.have.members(others);
        expect(reports[1]?.["undone"]).to.deep.equal([]);
      });

      it("are rotated, and the ledger says which rule refused", async () => {
        const [before, now] = [await generateKey("EC"), await generateKey("EC")];
        const job = await givenJobUnder(scene.db, before);
        const kept = [
          await givenJobUnder(scene.db, before, KEPT),
          await givenJobUnder(scene.db, before, KEPT),
        ];
        await scene.db.query(sql);

        const { code, stdout } = await scene.cli(
          ["keys", "rotate", "--json"],
          ringEnv(now, before),
        );

        expect(code).to.equal(1);
        const report = JSON.parse(stdout) as Report;
        expectRefused(
          [report],
          kept.map(({ id }) => id),
        );
        expect(report).to.include({ rotated: 1, held: 0, outcome: "completed" });
        expect((await readSealed(scene.db, job.id, now)).password).to.equal(job.password);
        const [line] = await readRuns(scene.db);
        expect(line?.reason).to.include("the database refused 2 rows: ");
      });

      if (constraint === null) {
        it("are erased", async () => {
          const { kept, others } = await givenJobs(scene, {
            ...FAILED,
            username: "kim_s",
            familyId: await givenFamily(scene.db),
          });
          await scene.db.query(sql);

          const reports = await act(["queue", "erase", "--username", "kim_s", "--yes"]);

          expectRefused(reports, kept);
          expect(reports[0]?.["erased"]).to.have.members(others);
          expect(reports[1]?.["erased"]).to.deep.equal([]);
          const left = await scene.db.query<{ id: string }>(`select id from ${QUEUE}`);
          expect(left.map(({ id }) => id)).to.have.members(kept);
        });
      }
    });
  });
}

describe("a line of the audit that the database refuses", () => {
  const scene = setScene();

  describe("for whatever job", () => {
    afterEach(() =>
      scene.db.query("alter table family_hub_jobs.operator_actions drop constraint full_up"),
    );

    it("ends the verb with 1 before any job is changed, and blames none", async () => {
      const job = await givenJob(scene.db, { status: "failed", retryCount: 5 });
      await scene.db.query(
        "alter table family_hub_jobs.operator_actions add constraint full_up check (false) not valid",
      );

      const { code, stdout, stderr } = await scene.cli(["queue", "requeue", job.id, "--json"]);

      expect([code, stdout]).to.deep.equal([1, ""]);
      expect(stderr).to.include("full_up").and.to.include("family_hub_jobs.operator_actions");
      expect((await readJob(scene.db, job.id)).status).to.equal("failed");
    });
  });
});

describe("queue cancel with a trigger that raises no error", () => {
  const scene = setScene();

  describe("and changes what was written", () => {
    afterEach(() => liftRules(scene));

    for (const [what, table, when, condition, body] of [
      [
        "restores the password",
        QUEUE,
        "before update",
        "old.full_name like 'Kept%'",
        "new.encrypted_password := old.encrypted_password; return new;",
      ],
      [
        "drops the event",
        "auth.outbox_events",
        "before insert",
        "new.payload ->> 'username' like 'kept%'",
        "return null;",
      ],
    ] as const) {
      it(`it ${what}: those jobs stay, are named, and all others are canceled`, async () => {
        const kept = await givenJob(scene.db, { ...KEPT, username: "kept_kid" });
        const other = await givenJob(scene.db);
        await scene.db.query(`
          create function auth.keep() returns trigger language plpgsql as $$ begin ${body} end $$;
          create trigger keep ${when} on ${table} for each row when (${condition})
            execute function auth.keep()`);

        const { code, stdout } = await scene.cli([
          ...["queue", "cancel", "--status", "pending", "--yes", "--json"],
        ]);

        expect(code).to.equal(1);
        const report = JSON.parse(stdout) as Report & { refused: readonly { message: string }[] };
        expect(report["canceled"]).to.deep.equal([other.id]);
        expect(report.refused.map(({ id }) => id)).to.deep.equal([kept.id]);
        expect(report.refused[0]?.message).to.include(`a trigger on ${table}`);
        expect(await readJob(scene.db, kept.id)).to.include({ status: "pending" });
        expect((await readActions(scene.db)).map(({ jobId }) => jobId)).to.deep.equal([other.id]);
      });
    }
  });
});
