// The last line of each command that changed jobs: how to undo what it did, or that nothing does.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { generateKey } from "../../src/passwords/generate.ts";
import { givenFamily, givenInvitation, givenJob, type JobFields } from "../support/given.ts";
import { givenJobUnder, ringEnv } from "../support/given-keys.ts";
import { setScene } from "../support/scene.ts";

const FAILED: JobFields = { status: "failed", retryCount: 5, lastErrorCode: "timeout" };

/** A port on which nothing listens. */
const NOBODY = "postgres://nobody@127.0.0.1:9/none";

describe("the last line of a command that changed jobs", () => {
  const scene = setScene();
  const lastLine = ({ stderr }: { stderr: string }) => stderr.trimEnd().split("\n").at(-1);

  it("names the undo of a requeue, and the requeue of an undone job", async () => {
    const job = await givenJob(scene.db, FAILED);

    const requeued = await scene.cli(["queue", "requeue", job.id]);
    const [, undo = ""] = /^To undo: fhj (queue undo \S+) /m.exec(requeued.stderr) ?? [];
    const undone = await scene.cli(undo.split(" "));

    expect(lastLine(undone)).to.equal("To retry them anyway: family-hub-jobs queue requeue ID");
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

  it("names the way to cancel an added job", async () => {
    const familyId = await givenFamily(scene.db);
    const fields = ["--username", "kid_one", "--name", "Kim", "--created-by", randomUUID()];

    const added = await scene.cli(["queue", "add", ...fields, "--family", familyId, "--generate"]);

    const [id = ""] = added.stdout.split("\n");
    expect(lastLine(added)).to.include(`fhj queue cancel ${id}`);
  });

  it("says how to go back to the key before a rotation", async () => {
    const [first, before] = [await generateKey("EC"), await generateKey("EC")];
    await givenJobUnder(scene.db, before);

    const rotated = await scene.cli(["keys", "rotate"], ringEnv(first, before));
    const again = await scene.cli(["keys", "rotate"], ringEnv(first, before));

    expect(lastLine(rotated)).to.match(/^To undo: put the old key first in the ring again, then/);
    expect(again.stderr).to.equal("");
  });

  it("says what a purge deleted, and that this cannot be undone", async () => {
    const [old, long] = ["now() - interval '40 days'", "now() - interval '120 days'"];
    await givenInvitation(scene.db, { expiresAt: old });
    await givenJob(scene.db, { status: "completed", completedAt: long, updatedAt: long });
    await givenJob(scene.db, { ...FAILED, updatedAt: old });
    await givenJob(scene.db, { ...FAILED, updatedAt: old });

    const invitations = await scene.cli(["purge-invitations"]);
    const jobs = await scene.cli(["purge-jobs"]);
    const again = await scene.cli(["purge-jobs"]);

    expect(invitations.stderr).to.equal("Deleted 1 invitation. This cannot be undone.\n");
    expect(jobs.stderr).to.equal("Deleted 1 job, erased 2 passwords. This cannot be undone.\n");
    expect(again.stderr).to.equal("");
  });

  it("of a purge is printed below a failure with -q, and nowhere else", async () => {
    const expiresAt = "now() - interval '40 days'";
    const [kept] = [await givenInvitation(scene.db, { expiresAt })];
    await scene.db.query(
      `create table public.notes (id uuid references auth.family_member_invitations);
       insert into public.notes values ('${kept}')`,
    );
    for (let n = 0; n < 2; n += 1) await givenInvitation(scene.db, { expiresAt });

    const first = await scene.cli(["purge-invitations", "-q"]);
    const second = await scene.cli(["purge-invitations", "-q"]);
    await scene.db.query("drop table public.notes");
    const third = await scene.cli(["purge-invitations", "-q"]);
    const away = await scene.cli(["purge-invitations", "-q"], { DATABASE_URL: NOBODY });

    expect([first.code, first.stdout]).to.deep.equal([1, ""]);
    expect(first.stderr).to.match(
      /refused 1 row.*\nDeleted 2 invitations\. This cannot be undone\.\n$/s,
    );
    expect(second.stderr).to.match(/refused 1 row.*\nDeleted nothing\.\n$/s);
    expect(third).to.include({ code: 0, stderr: "" });
    expect(away.code).to.equal(69);
    expect(lastLine(away)).to.equal("Deleted nothing.");
  });

  it("is not there after a dry run, with --quiet, or where nothing was done", async () => {
    const job = await givenJob(scene.db, FAILED);

    const dry = await scene.cli(["queue", "cancel", job.id, "--dry-run"]);
    const quiet = await scene.cli(["queue", "cancel", job.id, "--quiet"]);
    const again = await scene.cli(["queue", "cancel", job.id]);

    expect([dry, quiet, again].map(({ stderr }) => stderr)).to.deep.equal(["", "", ""]);
  });
});
