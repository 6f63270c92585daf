// FamilyHub's own transactions meet those of the tool, at whatever isolation the database defaults to.
import { expect } from "chai";
import pg from "pg";
import { expectEachOnce } from "../support/books.ts";
import { givenFamily, givenJob, readJob, type GivenJob } from "../support/given.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { IS_PASSED_OVER, openTransaction, waitsForLock } from "../support/rows.ts";
import { parseReport, setScene, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

const QUEUE = "auth.queued_managed_account_creations";

async function givenIsolation({ db }: Scene, isolation: string): Promise<void> {
  const { name } = await db.one<{ name: string }>("select current_database() as name");
  await db.query(`alter database ${name} set default_transaction_isolation = '${isolation}'`);
}

for (const isolation of ["read committed", "repeatable read", "serializable"]) {
  describe(`a database whose transactions are ${isolation}`, () => {
    const scene = setScene();
    before(() => givenIsolation(scene, isolation));

    it("is worked like all others, and no snapshot is kept while Zitadel is asked", async () => {
      const ids = await givenDueJobs(scene.db, 3);
      await scene.zitadel.control.addFault({
        ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
      });
      const run = scene.start(["retry-accounts", "--json"]);
      await scene.zitadel.control.waitForPaused({ name: "call" });

      await until(
        scene.db,
        `(select count(*) filter (where backend_xmin is not null) = 0 and count(*) > 0
          from pg_stat_activity
          where datname = current_database() and application_name like 'fhj %' and state <> 'active')`,
      );
      await scene.zitadel.control.release("call");

      expect(parseReport(await run.ended)).to.include({ outcome: "completed", created: 3 });
      await expectEachOnce(scene, ids);
    });

    it("lets FamilyHub's conflicting change go first", async () => {
      const job = await givenJob(scene.db, { status: "failed" });
      const change = await openTransaction(
        scene.db,
        `update ${QUEUE} set full_name = 'Kim Jones' where id = '${job.id}'`,
      );
      const command = scene.start(["queue", "requeue", job.id, "-q"]);
      await until(scene.db, IS_PASSED_OVER);
      await change.commit();

      const { code, stderr } = await command.ended;

      expect([code, stderr]).to.deep.equal([0, ""]);
      expect((await readJob(scene.db, job.id)).status).to.equal("pending");
    });

    it("lets a run wait for the breaker that another one is writing", async () => {
      const [id = ""] = await givenDueJobs(scene.db, 1);
      const change = await openTransaction(
        scene.db,
        "update family_hub_jobs.breaker set updated_at = now()",
      );
      const run = scene.start(["retry-accounts", "--json"]);
      await until(
        scene.db,
        `${waitsForLock("retry-accounts")} or (select status = 'completed' from ${QUEUE})`,
      );
      await change.commit();

      expect(parseReport(await run.ended)).to.include({ outcome: "completed", created: 1 });
      await expectEachOnce(scene, [id]);
    });
  });
}

describe("a job that FamilyHub has locked", () => {
  const scene = setScene();

  /** In the order in which a command would lock them. */
  async function givenTwo(status: string): Promise<readonly GivenJob[]> {
    const fields = { status, username: "kim_smith", familyId: await givenFamily(scene.db) };
    const jobs = [await givenJob(scene.db, fields), await givenJob(scene.db, fields)];
    return jobs.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async function undo(ids: readonly string[]): Promise<readonly string[]> {
    const requeue = ["queue", "requeue", ...ids];
    const { actionId } = await scene.json<{ actionId: string }>(requeue);
    return ["queue", "undo", actionId];
  }

  const VERBS: readonly (readonly [
    verb: string,
    before: string,
    isDone: string,
    args: (ids: readonly string[]) => readonly string[] | Promise<readonly string[]>,
  ])[] = [
    ["requeue", "failed", "'pending'", (ids) => ["queue", "requeue", ...ids]],
    ["cancel", "pending", "'failed'", (ids) => ["queue", "cancel", ...ids]],
    ["undo", "failed", "'failed'", undo],
    ["erase", "pending", "null", () => ["queue", "erase", "--username", "kim_smith", "--yes"]],
  ];

  for (const [verb, before, isDone, args] of VERBS) {
    const done = (id: string) =>
      `(select status from ${QUEUE} where id = '${id}') is not distinct from ${isDone}`;

    it(`keeps \`queue ${verb}\` from no other, and FamilyHub's transaction from none`, async () => {
      const [low = "", high = ""] = (await givenTwo(before)).map(({ id }) => id);
      const command = await args([low, high]);
      const api = new pg.Client(scene.db.url);
      await api.connect();
      await api.query(`begin; update ${QUEUE} set full_name = 'A' where id = '${high}'`);
      const { ended } = scene.start([...command, "-q"]);
      await until(scene.db, done(low));

      await api.query(`update ${QUEUE} set full_name = 'B' where id = '${low}'; commit`);
      await api.end();
      const { code, stderr } = await ended;

      expect([code, stderr]).to.deep.equal([0, ""]);
      await until(scene.db, done(high));
    });

    it(`is skipped by \`queue ${verb}\` when it stays locked, and who locks it is said`, async () => {
      const [low = "", high = ""] = (await givenTwo(before)).map(({ id }) => id);
      const command = await args([low, high]);
      const lock = await openTransaction(
        scene.db,
        `set application_name = 'FamilyHub.Api'; select from ${QUEUE} where id = '${high}' for update`,
      );

      const { code, stdout, stderr } = await scene.cli(command);
      await lock.end();

      expect(code).to.equal(verb === "erase" ? 1 : 75);
      expect(stdout).to.match(new RegExp(`job/${high} skipped: .*locked`));
      expect(stdout + stderr).to.match(/locked by "?FamilyHub\.Api"?, role \w+, pid \d+/);
      expect(await scene.db.one(`select ${done(low)} as low, ${done(high)} as high`)).to.deep.equal(
        {
          ...{ low: true, high: false },
        },
      );
    });
  }
});
