// Triggers of somebody else's that drop or alter what a run writes, and raise nothing.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { readJob, whenDue } from "../support/given.ts";
import { givenHeld, readEvents } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

const QUEUE = "auth.queued_managed_account_creations";

describe("a trigger that drops or alters what a run writes", () => {
  const scene = setScene();

  const givenTrigger = (when: string, table: string, body: string) =>
    scene.db.query(
      `create function auth.meddle() returns trigger language plpgsql as $$ begin ${body} end $$;
       create trigger meddle before ${when} on ${table} for each row execute function auth.meddle()`,
    );
  afterEach(() => scene.db.query("drop function auth.meddle() cascade"));

  for (const [what, body] of [
    ["drops a user row", "if new.username = 'kid_2' then return null; end if; return new;"],
    [
      "alters the key of a user row",
      "if new.username = 'kid_2' then new.external_user_id := 'x'; end if; return new;",
    ],
  ] as const) {
    it(`and ${what} has that job tried again: no other user has its name`, async () => {
      await givenTrigger("insert", "auth.users", body);
      const ids = await givenDueJobs(scene.db, 4);
      const [, dropped = ""] = ids;

      const { report } = await scene.retry();

      expect(report).to.include({ outcome: "completed", created: 3, retried: 1, failed: 0 });
      expect(await readJob(scene.db, dropped)).to.include({
        ...{ status: "pending", retryCount: 1, lastErrorCode: "internal" },
      });
      expect(await readEvents(scene.db)).to.have.length(3);
      await scene.db.query("drop trigger meddle on auth.users");
      await whenDue(scene.db);
      expect((await scene.retry()).report).to.include({ adopted: 1, created: 0 });
      await expectEachOnce(scene, ids);
    });
  }

  it("and drops an event has that job tried again, and names the table", async () => {
    await givenTrigger(
      "insert",
      "auth.outbox_events",
      "if new.payload ->> 'username' = 'kid_2' then return null; end if; return new;",
    );
    const ids = await givenDueJobs(scene.db, 4);
    const [, dropped = ""] = ids;

    const { report } = await scene.retry();

    expect(report).to.include({ outcome: "completed", created: 3, retried: 1, failed: 0 });
    const job = await readJob(scene.db, dropped);
    expect(job).to.include({ status: "pending", retryCount: 1, lastErrorCode: "internal" });
    expect(job.lastErrorMessage).to.include("auth.outbox_events");
    await scene.db.query("drop trigger meddle on auth.outbox_events");
    await whenDue(scene.db);
    expect((await scene.retry()).report).to.include({ adopted: 1, created: 0 });
    await expectEachOnce(scene, ids);
  });

  it("and restores the password of a completed job has it tried again: no ciphertext outlives its account", async () => {
    await givenTrigger(
      "update",
      QUEUE,
      "if new.username = 'kid_2' then new.encrypted_password := old.encrypted_password; end if; return new;",
    );
    const ids = await givenDueJobs(scene.db, 4);

    const { report } = await scene.retry();

    expect(report).to.include({ created: 3, retried: 1 });
    const job = await readJob(scene.db, ids[1] ?? "");
    expect(job).to.include({ status: "pending", lastErrorCode: "internal" });
    expect(job.lastErrorMessage).to.include(QUEUE);
    expect(await readEvents(scene.db)).to.have.length(3);
  });

  it("and drops a claim leaves that job to be named, with 1, and does those behind it", async () => {
    await givenTrigger(
      "update",
      QUEUE,
      "if new.status = 'processing' and new.username <> 'kid_4' then return null; end if; return new;",
    );
    const ids = await givenDueJobs(scene.db, 4);

    const { code, report, stderr } = await scene.retry(["--limit", "2"]);

    expect(code).to.equal(1);
    expect(report).to.include({ outcome: "completed", claimed: 1, created: 1, refusedCount: 3 });
    expect(stderr)
      .to.include(ids[1])
      .and.to.include(`a trigger on ${QUEUE} discarded or changed the row`);
    expect(await readJob(scene.db, ids[1] ?? "")).to.include({ status: "pending", retryCount: 0 });
  });

  it("and takes a claim away from the run leaves that job to be named, with 1, and Zitadel unasked", async () => {
    await givenTrigger(
      "update",
      QUEUE,
      "if new.username = 'kid_2' then new.claimed_by_run_id := null; end if; return new;",
    );
    const ids = await givenDueJobs(scene.db, 4);
    const [, taken = ""] = ids;

    const { code, report } = await scene.retry();

    expect(code).to.equal(1);
    expect(report).to.include({ claimed: 3, created: 3 });
    expect(report.refused.map(({ id }) => id)).to.deep.equal([taken]);
    const accounts = await scene.zitadel.control.listUsers();
    expect(accounts.map(({ userId }) => userId)).not.to.include(taken);
  });

  for (const [what, body] of [
    ["drops", "return null;"],
    ["alters", "new.status := old.status; return new;"],
  ] as const) {
    it(`and ${what} the rescue of a job leaves it as it was, to be named in each run, with 1; the others are worked`, async () => {
      await givenTrigger(
        "update",
        QUEUE,
        `if old.username <> 'kid_4' and old.status = 'processing' then ${body} end if; return new;`,
      );
      const ids = await givenDueJobs(scene.db, 4);
      for (const id of ids) await givenHeld(scene.db, { id }, "-1 second");

      const runs = [await scene.retry(["--limit", "2"]), await scene.retry()];

      expect(runs.map(({ code }) => code)).to.deep.equal([1, 1]);
      expect(runs.map(({ report }) => report.rescued)).to.deep.equal([1, 0]);
      for (const { report } of runs) {
        expect(report.refused.map(({ id }) => id)).to.have.members(ids.slice(0, 3));
      }
      expect(await readJob(scene.db, ids[0] ?? "")).to.include({
        ...{ status: "processing", retryCount: 0, lastErrorCode: null },
      });
      expect(await readEvents(scene.db)).to.have.length(1);
    });
  }

  it("and drops the release of a job that the run could not work has it named", async () => {
    const [id = ""] = await givenDueJobs(scene.db, 1);
    await givenTrigger(
      "update",
      QUEUE,
      "if old.status = 'processing' then return null; end if; return new;",
    );
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "quota-exhausted" });

    const { code, report } = await scene.retry();

    expect([code, report.outcome]).to.deep.equal([75, "stopped"]);
    expect(report.refused.map((row) => row.id)).to.deep.equal([id]);
  });

  it("and reopens a completed job has it tried again: each run would write its event", async () => {
    await givenTrigger(
      "update",
      QUEUE,
      "if new.username = 'kid_2' and new.status = 'completed' then new.status := 'pending'; end if; return new;",
    );
    const ids = await givenDueJobs(scene.db, 4);

    const { report } = await scene.retry();

    expect(report).to.include({ created: 3, retried: 1 });
    expect(await readJob(scene.db, ids[1] ?? "")).to.include({
      ...{ status: "pending", retryCount: 1, lastErrorCode: "internal" },
    });
    expect(await readEvents(scene.db)).to.have.length(3);
  });

  it("and drops a settlement leaves that job as it is, without user row or event, with 1; the others are done", async () => {
    await givenTrigger(
      "update",
      QUEUE,
      "if old.status = 'processing' and old.username = 'kid_2' then return null; end if; return new;",
    );
    const ids = await givenDueJobs(scene.db, 4);

    const { code, report } = await scene.retry();

    expect(code).to.equal(1);
    expect(report).to.include({ created: 3, failed: 0 });
    expect(await readEvents(scene.db)).to.have.length(3);
    expect(await scene.db.query("select from auth.users where username = 'kid_2'")).to.have.length(
      0,
    );
    expect(await readJob(scene.db, ids[1] ?? "")).to.include({ status: "processing" });
  });

  it("and writes the status in capitals and with blanks changes nothing", async () => {
    await givenTrigger(
      "insert or update",
      QUEUE,
      "new.status := upper(new.status) || ' '; return new;",
    );
    const ids = await givenDueJobs(scene.db, 2);

    const { report } = await scene.retry();

    expect(report).to.include({ outcome: "completed", created: 2 });
    expect(await scene.db.query("select from auth.users")).to.have.length(ids.length);
  });
});
