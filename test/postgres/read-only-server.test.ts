// A server on which nothing can be written: called read-only, and no job is touched.
import { expect } from "chai";
import { askDoctor, expectLine } from "../support/diagnosis.ts";
import { givenInvitation, givenJob } from "../support/given.ts";
import { everything } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

describe("a read-only Postgres", () => {
  const scene = setScene();
  const env = () => ({ PGOPTIONS: "-c default_transaction_read_only=on" });

  it("ends every command that changes something with 69, calls itself read-only, and keeps its rows", async () => {
    const job = await givenJob(scene.db, { status: "failed" });
    await givenJob(scene.db);
    await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
    const before = await everything(scene.db);
    const add = ["queue", "add", "--username", "new_kid", "--name", "Kim", "--generate"];

    const results = await Promise.all(
      [
        ["retry-accounts"],
        ["purge-invitations"],
        ["purge-jobs"],
        ["queue", "requeue", job.id],
        ["queue", "cancel", job.id],
        ["queue", "erase", "--username", job.username, "--yes"],
        [...add, "--family", job.familyId, "--created-by", job.id],
        ["keys", "rotate"],
        ["migrate", "rollback", "--yes"],
      ].map(async (args) => ({ args, ...(await scene.cli(args, env())) })),
    );

    for (const { args, code, stderr } of results) {
      expect({ args, code }).to.deep.equal({ args, code: 69 });
      expect(stderr, args.join(" ")).to.match(/Postgres is read-only: .*cannot execute \w+/);
      expect(stderr).to.include("Name the primary in DATABASE_URL");
      expect(stderr).not.to.include("unreachable:");
    }
    expect(await everything(scene.db)).to.deep.equal(before);
    expect(await scene.zitadel.control.calls()).to.satisfy((calls: readonly { method: string }[]) =>
      calls.every(({ method }) => method !== "CreateUser"),
    );
  });

  it("ends a run that finds nothing with 69, too: its line in the ledger cannot be written", async () => {
    const { code, report } = await scene.retry([], env());

    expect(code).to.equal(69);
    expect(report.outcome).to.equal("unavailable");
    expect(report.reason).to.match(/^Postgres is read-only: /);
  });

  it("still lists and shows jobs", async () => {
    const { id } = await givenJob(scene.db);

    const list = await scene.cli(["queue", "list", "-o", "name"], env());
    const show = await scene.cli(["queue", "show", id], env());

    expect([list.code, show.code]).to.deep.equal([0, 0]);
    expect(list.stdout).to.include(id);
  });

  it("is named by doctor, with what to do", async () => {
    const told = await askDoctor(scene, env());

    expectLine(told.line("connection"), "fail", /transactions are read-only$/, /use the primary/);
  });
});
