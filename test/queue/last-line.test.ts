// The last line of each command that changed jobs: how to undo what it did, or that nothing does.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { givenFamily, givenJob, type JobFields } from "../support/given.ts";
import { setScene } from "../support/scene.ts";

const FAILED: JobFields = { status: "failed", retryCount: 5, lastErrorCode: "timeout" };

describe("the last line of a command that changed jobs", () => {
  const scene = setScene();
  const lastLine = ({ stderr }: { stderr: string }) => stderr.trimEnd().split("\n").at(-1);

  it("names the undo of a requeue, and the requeue of an undone job", async () => {
    const job = await givenJob(scene.db, FAILED);

    const requeued = await scene.cli(["queue", "requeue", job.id]);
    const [, undo = ""] =
      /^To undo: family-hub-jobs (queue undo \S+) /m.exec(requeued.stderr) ?? [];
    const undone = await scene.cli(undo.split(" "));

    expect(lastLine(undone)).to.equal("To retry them after all: family-hub-jobs queue requeue ID");
  });

  it("says of a cancellation and of an erasure that they cannot be undone", async () => {
    const job = await givenJob(scene.db, FAILED);
    const kim = await givenJob(scene.db, { username: "kim_smith" });

    const canceled = await scene.cli(["queue", "cancel", job.id]);
    const erased = await scene.cli(["queue", "erase", "--username", "kim_smith", "--yes"]);

    expect(erased.stdout).to.include(kim.id);
    expect(lastLine(canceled)).to.match(/^This cannot be undone: the passwords are erased\./);
    expect(lastLine(erased)).to.match(/^This cannot be undone\./);
  });

  it("names the way to give an added job up", async () => {
    const familyId = await givenFamily(scene.db);
    const fields = ["--username", "kid_one", "--name", "Kim", "--created-by", randomUUID()];

    const added = await scene.cli(["queue", "add", ...fields, "--family", familyId, "--generate"]);

    const [id = ""] = added.stdout.split("\n");
    expect(lastLine(added)).to.include(`family-hub-jobs queue cancel ${id}`);
  });

  it("is not there after a dry run, with --quiet, or where nothing was done", async () => {
    const job = await givenJob(scene.db, FAILED);

    const dry = await scene.cli(["queue", "cancel", job.id, "--dry-run"]);
    const quiet = await scene.cli(["queue", "cancel", job.id, "--quiet"]);
    const again = await scene.cli(["queue", "cancel", job.id]);

    expect([dry, quiet, again].map(({ stderr }) => stderr)).to.deep.equal(["", "", ""]);
  });
});
