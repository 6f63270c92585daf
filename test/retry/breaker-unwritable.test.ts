// The breaker's one row is locked, refused or gone: runs work as ever, and say what the next ones cannot know.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { openTransaction } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

const BREAKER = "family_hub_jobs.breaker";

/** @param body of a trigger before each update of the breaker */
async function givenTrigger({ db }: Scene, body: string): Promise<() => Promise<unknown>> {
  await db.query(
    `create function public.guard() returns trigger language plpgsql as
       $$ begin ${body}; end $$;
     create trigger guard before update on ${BREAKER} for each row execute function public.guard()`,
  );
  return () => db.query("drop function public.guard cascade");
}

const OBSTACLES: readonly (readonly [
  string,
  string,
  (scene: Scene) => Promise<() => Promise<unknown>>,
])[] = [
  [
    "locked by somebody",
    "lock timeout",
    async ({ db }) => {
      const lock = await openTransaction(db, `select from ${BREAKER} for update`);
      return () => lock.end();
    },
  ],
  [
    "locked by somebody, and statements end after a second",
    "statement timeout",
    async ({ db }) => {
      const { name } = await db.one<{ name: string }>("select current_database() as name");
      const lock = await openTransaction(db, `select from ${BREAKER} for update`);
      await db.query(`alter database ${name} set statement_timeout = '1s'`);
      return async () => {
        await lock.end();
        await db.query(`alter database ${name} reset statement_timeout`);
      };
    },
  ],
  [
    "refused by a trigger",
    "nobody changes this",
    (scene) => givenTrigger(scene, "raise exception 'nobody changes this'"),
  ],
];

for (const [what, why, obstruct] of OBSTACLES) {
  describe(`a breaker that is ${what}`, () => {
    let clear: () => Promise<unknown>;
    // Before the scene's own, which empties the tables.
    afterEach(() => clear());
    const scene = setScene();
    beforeEach(async () => (clear = await obstruct(scene)));

    it("is named, and all jobs are processed", async () => {
      const ids = await givenDueJobs(scene.db, 3);

      const { code, report, stderr } = await scene.retry();

      expect(report).to.include({ outcome: "completed", created: 3 });
      expect(code).to.equal(0);
      expect(stderr).to.include("could not be recorded").and.to.include(why);
      await expectEachOnce(scene, ids);
    });

    it("does not change how an outage is handled, at the first contact and during a run", async () => {
      await givenDueJobs(scene.db, 8);
      await scene.zitadel.control.addFault({ method: "CreateUser", kind: "grpc", code: 14 });
      const inMidRun = await scene.retry();
      await givenDueJobs(scene.db, 1);
      await scene.zitadel.control.setFaults([{ method: "discovery", kind: "http", status: 503 }]);
      const atOnce = await scene.retry();

      for (const { code, report, stderr } of [inMidRun, atOnce]) {
        expect([code, report.outcome]).to.deep.equal([69, "unavailable"]);
        expect(report.reason).to.include("Zitadel");
        expect(stderr).to.include("could not be recorded").and.to.include(why);
      }
    });
  });
}

describe("a breaker that a trigger keeps as it was, without an error", () => {
  const scene = setScene();

  it("is named by the run that could not open it", async () => {
    const clear = await givenTrigger(scene, "return null");
    await givenDueJobs(scene.db, 8);
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "grpc", code: 14 });

    const { code, stderr } = await scene.retry();
    await clear();

    expect(code).to.equal(69);
    expect(stderr).to.include("a trigger on family_hub_jobs.breaker discarded or changed");
  });
});
