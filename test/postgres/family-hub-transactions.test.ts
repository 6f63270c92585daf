// FamilyHub's own transactions meet those of the tool, at whatever isolation the database defaults to.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenJob, readJob } from "../support/given.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { openTransaction } from "../support/rows.ts";
import { parseReport, setScene, until, type Scene } from "../support/scene.ts";

const QUEUE = "auth.queued_managed_account_creations";

/** A command that waits for a lock of somebody else's. */
const waits = (command: string) => `exists (select from pg_stat_activity
  where datname = current_database() and application_name like 'fhj ${command} %' and wait_event_type = 'Lock')`;

async function givenIsolation({ db }: Scene, isolation: string): Promise<void> {
  const { name } = await db.one<{ name: string }>("select current_database() as name");
  await db.query(`alter database ${name} set default_transaction_isolation = '${isolation}'`);
}

for (const isolation of ["read committed", "repeatable read", "serializable"]) {
  describe(`a database whose transactions are ${isolation}`, () => {
    const scene = setScene();
    before(() => givenIsolation(scene, isolation));

    it("is worked as any other, and no snapshot is kept while Zitadel is asked", async () => {
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

    for (const [verb, before, after] of [
      [["requeue"], "failed", "pending"],
      [["cancel"], "pending", "failed"],
    ] as const) {
      it(`lets \`queue ${verb[0]}\` wait for a job that FamilyHub is changing`, async () => {
        const job = await givenJob(scene.db, { status: before });
        const change = await openTransaction(
          scene.db,
          `update ${QUEUE} set full_name = 'Kim Jones' where id = '${job.id}'`,
        );
        const command = scene.start(["queue", ...verb, job.id, "-q"]);
        await until(scene.db, waits(`queue ${verb[0]}`));
        await change.commit();

        const { code, stderr } = await command.ended;

        expect([code, stderr]).to.deep.equal([0, ""]);
        expect((await readJob(scene.db, job.id)).status).to.equal(after);
      });
    }

    it("lets a run wait for the breaker that another one is writing", async () => {
      const [id = ""] = await givenDueJobs(scene.db, 1);
      const change = await openTransaction(
        scene.db,
        "update family_hub_jobs.breaker set updated_at = now()",
      );
      const run = scene.start(["retry-accounts", "--json"]);
      await until(
        scene.db,
        `${waits("retry-accounts")} or (select status = 'completed' from ${QUEUE})`,
      );
      await change.commit();

      expect(parseReport(await run.ended)).to.include({ outcome: "completed", created: 1 });
      await expectEachOnce(scene, [id]);
    });
  });
}
