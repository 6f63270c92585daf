// A server that writes dates as Germans do: nothing that is stored, listed or printed changes by it.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import type { Variant } from "../support/family-hub-schemas.ts";
import { givenJob, readJob } from "../support/given.ts";
import { moment } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

interface Page {
  readonly jobs: readonly { readonly id: string; readonly createdAt: string }[];
  readonly nextCursor: string | null;
}

/** Days on which day and month can be taken for each other, and one on which they cannot. */
const DAYS = ["2026-01-02", "2026-02-01", "2026-03-12", "2026-12-03", "2026-05-31"];

for (const variant of ["ef", "script"] as const satisfies readonly Variant[]) {
  describe(`the ${variant} database with DateStyle 'German, DMY'`, () => {
    const scene = setScene(variant);

    before(async () => {
      const { name } = await scene.db.one<{ name: string }>("select current_database() as name");
      await scene.db.query(`alter database "${name}" set datestyle to 'German, DMY'`);
      await scene.db.query(
        `alter role postgres in database "${name}" set datestyle to 'German, DMY'`,
      );
    });

    for (const sort of ["createdAt", "-createdAt", "updatedAt", "nextRetryAt"]) {
      it(`is listed by ${sort} in pages that cover each job once, with times in ISO`, async () => {
        const jobs = [];
        for (const day of DAYS) {
          const at = `timestamp '${day} 23:45:06.789012'`;
          jobs.push(
            await givenJob(scene.db, {
              createdAt: at,
              updatedAt: at,
              nextRetryAt: at,
              status: "failed",
            }),
          );
        }

        const listed: { id: string; createdAt: string }[] = [];
        let cursor: string[] = [];
        for (let pages = 0; pages < DAYS.length; pages += 1) {
          const args = ["queue", "list", "--limit", "2", `--sort=${sort}`, ...cursor];
          const page = await scene.json<Page>(args);
          listed.push(...page.jobs);
          if (page.nextCursor === null) break;
          cursor = ["--cursor", page.nextCursor];
        }

        const inOrder = jobs
          .map(({ id }, index) => ({ id, createdAt: `${DAYS[index]}T23:45:06.789Z` }))
          .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
        if (sort.startsWith("-")) inOrder.reverse();
        expect(listed.map(({ id, createdAt }) => ({ id, createdAt }))).to.deep.equal(inOrder);
      });
    }

    it("is worked batch after batch in the order in which jobs fell due, and its ledger is right", async () => {
      const ids: string[] = [];
      for (const [index, age] of ["40 days", "12 days", "1 day", "2 hours", "1 minute"].entries()) {
        const fields = { username: `kid_${index}`, nextRetryAt: moment(variant, `-${age}`) };
        ids.push((await givenJob(scene.db, fields)).id);
      }
      const later = await givenJob(scene.db, { nextRetryAt: moment(variant, "1 minute") });
      const failing = ids[2] ?? "";
      await scene.zitadel.control.addFault({
        ...{ method: "CreateUser", match: { userId: failing }, kind: "grpc", code: 13, times: 1 },
      });

      const { code, report } = await scene.retry(["--concurrency", "1"]);

      expect(code).to.equal(0);
      expect(report).to.include({ due: 5, created: 4, retried: 1, claimed: 5 });
      const calls = await scene.zitadel.control.calls();
      const creations = calls.filter(({ method }) => method === "CreateUser");
      expect(creations.map(({ userId }) => userId)).to.deep.equal(ids);
      expect(await readJob(scene.db, failing)).to.include({ status: "pending", waitS: 60 });
      expect((await readJob(scene.db, later.id)).status).to.equal("pending");
      for (const time of [report.startedAt, report.finishedAt]) {
        expect(Math.abs(Date.parse(time) - Date.now())).to.be.below(60_000);
      }
      // Asked in SQL: the test's own connection reads no German dates.
      const ledger = await scene.db.one<object>(
        `select date_trunc('milliseconds', started_at) = $1::timestamptz as started,
                date_trunc('milliseconds', finished_at) = $2::timestamptz as finished
         from family_hub_jobs.runs`,
        [report.startedAt, report.finishedAt],
      );
      expect(ledger).to.deep.equal({ started: true, finished: true });
      await scene.retry(["--job", failing]);
      await scene.retry(["--job", later.id]);
      await expectEachOnce(scene, [...ids, later.id]);
    });
  });
}
