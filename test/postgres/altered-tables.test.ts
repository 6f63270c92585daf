// Tables of FamilyHub's that somebody changed after `migrate`: partitioned, or with columns narrower than its API makes them.
import { expect } from "chai";
import { cloneDatabase } from "../support/database.ts";
import { givenInvitation, givenJob, readJob } from "../support/given.ts";
import { givenHeld, wholeJob } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

const QUEUE = "auth.queued_managed_account_creations";
const INVITATIONS = "auth.family_member_invitations";

/** Rows of one status in each part, so that rows of several have the same place in theirs. */
async function givenParted({ db }: Scene, table: string, statuses: readonly string[]) {
  const parts = statuses.map(
    (status) => `create table parts.${status} partition of ${table} for values in ('${status}');`,
  );
  await db.query(`
    create schema parts;
    alter table ${table} set schema parts;
    create table ${table} (like parts.${table.replace("auth.", "")} including defaults)
      partition by list (status);
    ${parts.join("\n")}
    insert into ${table} select * from parts.${table.replace("auth.", "")};
    drop table parts.${table.replace("auth.", "")};`);
}

describe("invitations in a table that was partitioned since", () => {
  const scene = setScene("ef", () => cloneDatabase("ef"));

  it("are purged where they are old, and no others with them", async () => {
    const young: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      young.push(await givenInvitation(scene.db));
      await givenInvitation(scene.db, {
        ...{ status: "expired", expiresAt: "now() - interval '40 days'" },
      });
    }
    await givenParted(scene, INVITATIONS, ["pending", "expired"]);

    const { deleted } = await scene.json<{ deleted: number }>(["purge-invitations"]);

    expect(deleted).to.equal(5);
    const left = await scene.db.query<{ id: string }>(
      `select invitation_id as id from ${INVITATIONS}`,
    );
    expect(left.map(({ id }) => id)).to.have.members(young);
  });
});

describe("jobs in a table that was partitioned since", () => {
  const scene = setScene("ef", () => cloneDatabase("ef"));

  it("are purged and erased where they are old, and no others with them", async () => {
    const OLD = "now() - interval '200 days'";
    const waiting: string[] = [];
    for (let n = 0; n < 5; n += 1) {
      waiting.push((await givenJob(scene.db)).id);
      await givenJob(scene.db, { status: "completed", updatedAt: OLD });
      await givenJob(scene.db, { status: "failed", retryCount: 5, updatedAt: OLD });
    }
    await givenParted(scene, QUEUE, ["pending", "completed", "failed", "processing"]);

    const report = await scene.json<object>(["purge-jobs"]);

    expect(report).to.include({ deleted: 5, erased: 5 });
    const sealed = await scene.db.query<{ id: string }>(
      `select id from ${QUEUE} where encrypted_password <> ''`,
    );
    expect(sealed.map(({ id }) => id)).to.have.members(waiting);
  });
});

describe("a column of messages that is narrower than they are", () => {
  const scene = setScene("ef", () => cloneDatabase("ef"));

  before(() =>
    scene.db.query(`alter table ${QUEUE} alter column last_error_message type varchar(15)`),
  );

  it("holds them cut: of a failed job, a rescued one and a canceled one", async () => {
    const failing = await givenJob(scene.db, { username: "kid_1", role: "no word" });
    const canceled = await givenJob(scene.db, {
      nextRetryAt: "now() + interval '1 hour'",
    });
    const rescued = await givenJob(scene.db, { retryCount: 5 });
    await givenHeld(scene.db, rescued, "-1 second");

    const { code } = await scene.retry();
    const { code: canceling } = await scene.cli(["queue", "cancel", canceled.id, "--yes"]);

    expect([code, canceling]).to.deep.equal([0, 0]);
    for (const { id } of [failing, rescued, canceled]) {
      const job = await readJob(scene.db, id);
      expect(job.status).to.equal("failed");
      expect(job.lastErrorMessage).to.have.length(15);
    }
  });
});

for (const [what, sql, undo] of [
  [
    "a generated column of user rows",
    `alter table auth.users drop column email cascade;
     alter table auth.users add column email text generated always as (username || '@x') stored;`,
    "",
  ],
  [
    "a column of events with another type",
    `alter table auth.outbox_events drop column event_id;
     alter table auth.outbox_events add column event_id bigint generated always as identity;`,
    "",
  ],
  [
    "a view in place of user rows that takes no new ones",
    `create schema parts;
     alter table auth.users set schema parts;
     create view auth.users as select distinct * from parts.users;`,
    `drop view auth.users;
     alter table parts.users set schema auth;
     drop schema parts;`,
  ],
] as const) {
  describe(`${what}, made since`, () => {
    const scene = setScene("ef", () => cloneDatabase("ef"));

    describe("with a due job", () => {
      afterEach(() => scene.db.query(undo));

      it("ends a run with 78 before any job is touched or Zitadel asked for an account", async () => {
        const { id } = await givenJob(scene.db);
        await scene.db.query(sql);
        const before = await wholeJob(scene.db, id);

        const { code, stderr } = await scene.cli(["retry-accounts", "--json"]);

        expect(code).to.equal(78);
        expect(stderr).to.include("family-hub-jobs migrate status");
        expect(await wholeJob(scene.db, id)).to.deep.equal(before);
        expect(await scene.zitadel.control.calls()).to.deep.equal([]);
      });
    });
  });
}
