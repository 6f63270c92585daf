// What the database role of a run must be allowed, and what happens to a run that lacks some of it.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { useRole, type GivenRole } from "../support/given-role.ts";
import { readJob } from "../support/given.ts";
import { everything, givenHeld, readAttempts } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

const NEEDED = {
  "auth.queued_managed_account_creations": ["SELECT", "UPDATE"],
  "auth.families": ["SELECT"],
  "auth.users": ["SELECT", "INSERT"],
  "auth.outbox_events": ["INSERT"],
  "family_hub_jobs.attempts": ["SELECT", "INSERT"],
  "family_hub_jobs.runs": ["SELECT", "INSERT", "UPDATE"],
  "family_hub_jobs.breaker": ["SELECT", "UPDATE"],
  "family_hub_jobs.pause": ["SELECT"],
} as const;

/** What `migrate`'s own bookkeeping and the schemas take is asked for by Postgres itself. */
async function grantNeeded({ db }: Scene, { name }: GivenRole): Promise<void> {
  const grants = Object.entries(NEEDED).map(
    ([table, privileges]) => `grant ${privileges.join(", ")} on ${table} to ${name};`,
  );
  await db.query(
    `grant usage on schema auth, family_hub_jobs to ${name};
     grant select on family_hub_jobs.migrations to ${name};
     ${grants.join("")}`,
  );
}

describe("a database role with exactly the privileges that a run needs", () => {
  const scene = setScene();
  const role = useRole(scene);

  it("works jobs end to end: creates, retries, fails, rescues and adopts", async () => {
    await grantNeeded(scene, role);
    const [, transient = "", failing = "", dead = "", exhausted = ""] = await givenDueJobs(
      scene.db,
      5,
    );
    for (const id of [dead, exhausted]) await givenHeld(scene.db, { id }, "-1 second");
    await scene.db.query(
      "update auth.queued_managed_account_creations set retry_count = 5 where id = $1",
      [exhausted],
    );
    await scene.zitadel.control.addUser({ userId: exhausted, username: "kid_5" });
    await scene.zitadel.control.addUser({ username: "kid_3" });
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", match: { userId: transient }, kind: "grpc", code: 13 },
    });

    const { code, report } = await scene.retry([], role.env);

    expect(code).to.equal(0);
    expect(report).to.include({
      ...{ outcome: "completed", created: 2, adopted: 1, retried: 1, failed: 1, rescued: 2 },
    });
    expect((await readJob(scene.db, failing)).status).to.equal("failed");
  });

  it("notes that Zitadel is down, and that it is back", async () => {
    await grantNeeded(scene, role);
    const ids = await givenDueJobs(scene.db, 2);
    await scene.zitadel.control.setDown(true);

    const down = await scene.retry([], role.env);
    await scene.zitadel.control.setDown(false);
    const back = await scene.retry([], role.env);

    expect([down.code, back.code]).to.deep.equal([69, 0]);
    await expectEachOnce(scene, ids);
  });
});

describe("a database role that lacks a privilege", () => {
  const scene = setScene();
  const role = useRole(scene);

  const written = Object.entries(NEEDED).flatMap(([table, privileges]) =>
    privileges.filter((privilege) => privilege !== "SELECT").map((what) => [what, table] as const),
  );
  // A run has read the others by then, and Postgres has named what it may not read.
  for (const [privilege, table] of [...written, ["SELECT", "family_hub_jobs.runs"] as const]) {
    it(`is named before any account is created: ${privilege} on ${table}`, async () => {
      await grantNeeded(scene, role);
      await scene.db.query(`revoke ${privilege} on ${table} from ${role.name}`);
      await givenDueJobs(scene.db, 2);
      const before = await everything(scene.db);

      const { code, stdout, stderr } = await scene.cli(["retry-accounts", "--json"], role.env);

      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
      const grant = stderr.replace(/ \([a-z_, ]+\) on /, " on ");
      expect(grant).to.include(`grant ${privilege.toLowerCase()} on ${table} to ${role.name};`);
      expect(stderr.split("grant ")).to.have.length(2);
      expect(await everything(scene.db)).to.deep.equal(before);
      expect(await scene.zitadel.control.calls()).to.deep.equal([]);
    });
  }

  it("gets all missing privileges named at once", async () => {
    await grantNeeded(scene, role);
    await scene.db.query(`revoke insert on auth.users, auth.outbox_events from ${role.name}`);
    await givenDueJobs(scene.db, 1);

    const { code, stderr } = await scene.cli(["retry-accounts"], role.env);

    expect(code).to.equal(78);
    for (const table of ["auth.users", "auth.outbox_events"])
      expect(stderr).to.match(
        new RegExp(`^family-hub-jobs: grant insert on ${table} to ${role.name};$`, "m"),
      );
  });

  it("gets statements that grant the missing privileges", async () => {
    await grantNeeded(scene, role);
    await scene.db.query(
      `revoke insert on auth.outbox_events from ${role.name};
       revoke select on auth.families from ${role.name}`,
    );
    const [id = ""] = await givenDueJobs(scene.db, 1);

    const { stderr } = await scene.cli(["retry-accounts"], role.env);
    const grants = stderr.match(/(?<=^family-hub-jobs: )grant .*;$/gm) ?? [];
    await scene.db.query(grants.join("\n"));
    const { code } = await scene.retry([], role.env);

    expect(grants).to.have.length(2);
    expect(code).to.equal(0);
    await expectEachOnce(scene, [id]);
  });

  it("from the middle of the run on gets its job back as it was, with 78; the next run adopts", async () => {
    await grantNeeded(scene, role);
    const ids = await givenDueJobs(scene.db, 1);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "after", times: 1 },
    });
    const run = scene.start(["retry-accounts", "--json"], role.env);
    await scene.zitadel.control.waitForPaused({ name: "call" });
    await scene.db.query(`revoke insert on auth.users from ${role.name}`);

    await scene.zitadel.control.release("call");
    const { code, stderr } = await run.ended;

    expect(code).to.equal(78);
    expect(stderr).to.include("permission denied for table users").and.to.match(/grant/i);
    const [id = ""] = ids;
    expect(await readJob(scene.db, id)).to.include({
      ...{ status: "pending", retryCount: 0, leased: false, lastErrorCode: null },
    });
    expect(await readAttempts(scene.db, id)).to.deep.equal([]);
    await scene.db.query(`grant insert on auth.users to ${role.name}`);
    expect((await scene.retry([], role.env)).report).to.include({ adopted: 1, created: 0 });
    await expectEachOnce(scene, ids);
  });
});
