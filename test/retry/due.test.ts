// Which jobs a run works, and which it leaves alone.
import { expect } from "chai";
import { VARIANTS, type Variant } from "../support/family-hub-schemas.ts";
import { givenJob, readJob, type JobFields } from "../support/given.ts";
import { moment, wholeJob } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

interface Case extends JobFields {
  readonly title: string;
}

function dueJobs(variant: Variant): Case[] {
  const past = moment(variant, "-1 second");
  return [
    { title: "pending and never scheduled", nextRetryAt: "null" },
    { title: "pending, its time has come", nextRetryAt: past },
    { title: "pending, its time came long ago", nextRetryAt: moment(variant, "-400 days") },
    { title: "failed, its time has come", status: "failed", retryCount: 2, nextRetryAt: past },
    { title: "pending in other case, blanks behind", status: "Pending ", nextRetryAt: past },
    { title: "pending between blanks, unscheduled", status: "\t PENDING\n", nextRetryAt: "null" },
    { title: "failed in other case, its time has come", status: " FAILED", nextRetryAt: past },
  ];
}

function otherJobs(variant: Variant): Case[] {
  const [past, future] = [moment(variant, "-1 second"), moment(variant, "2 minutes")];
  return [
    { title: "pending, its time is to come", nextRetryAt: future },
    { title: "pending in other case, its time is to come", status: "PENDING", nextRetryAt: future },
    { title: "failed permanently", status: "failed", retryCount: 5 },
    { title: "failed, its time is to come", status: "failed", retryCount: 1, nextRetryAt: future },
    { title: "completed", status: "completed", nextRetryAt: past },
    { title: "completed in other case", status: "Completed", nextRetryAt: past },
    { title: "held by a live run", status: "processing", nextRetryAt: past },
  ];
}

for (const variant of VARIANTS) {
  describe(`what is due on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("is worked, and nothing else is touched", async () => {
      const due = new Map<string, string>();
      for (const { title, ...fields } of dueJobs(variant)) {
        due.set((await givenJob(scene.db, fields)).id, title);
      }
      const others = new Map<string, object>();
      for (const { title, ...fields } of otherJobs(variant)) {
        const { id } = await givenJob(scene.db, fields);
        others.set(id, { title, ...(await wholeJob(scene.db, id)) });
      }

      const { code, report } = await scene.retry();

      expect(code).to.equal(0);
      expect(report).to.include({ due: due.size, claimed: due.size, created: due.size });
      for (const [id, title] of due) {
        expect(await readJob(scene.db, id), title).to.include({ status: "completed", waitS: null });
      }
      for (const [id, row] of others) {
        expect({ ...row, ...(await wholeJob(scene.db, id)) }).to.deep.equal(row);
      }
      const accounts = await scene.zitadel.control.listUsers();
      expect(new Set(accounts.map(({ userId }) => userId))).to.deep.equal(new Set(due.keys()));
    });

    it("is worked in the order in which it fell due", async () => {
      const third = await givenJob(scene.db, { nextRetryAt: moment(variant, "-1 second") });
      const second = await givenJob(scene.db, { nextRetryAt: moment(variant, "-1 hour") });
      const first = await givenJob(scene.db, { nextRetryAt: "null" });

      await scene.retry(["--concurrency", "1"]);

      const calls = await scene.zitadel.control.calls();
      const created = calls.filter(({ method }) => method === "CreateUser");
      expect(created.map(({ userId }) => userId)).to.deep.equal([first.id, second.id, third.id]);
    });
  });
}

describe("rows that no run may touch", () => {
  const scene = setScene("ef");
  const impossible: Record<string, JobFields> = {
    "an unknown status": { status: "archived" },
    "an empty status": { status: "" },
    "a retry_count above 5": { retryCount: 6 },
    "a negative retry_count": { retryCount: -1 },
    "a failed job's retry_count above 5": { status: "failed", retryCount: 9, nextRetryAt: "now()" },
    "a held job's retry_count above 5": {
      status: "processing",
      retryCount: 6,
      updatedAt: "now() - interval '1 day'",
    },
  };

  for (const [title, fields] of Object.entries(impossible)) {
    it(`are skipped and reported: ${title}`, async () => {
      const odd = await givenJob(scene.db, { nextRetryAt: "now()", ...fields });
      const sound = await givenJob(scene.db);
      const before = await wholeJob(scene.db, odd.id);

      const { code, report, stderr } = await scene.retry();

      expect(code).to.equal(0);
      expect(report).to.include({ due: 1, created: 1, rescued: 0 });
      expect(await wholeJob(scene.db, odd.id)).to.deep.equal(before);
      expect((await readJob(scene.db, sound.id)).status).to.equal("completed");
      expect(stderr).to.include(odd.id);
      expect(stderr).to.match(/unknown status|impossible/);
    });
  }
});
