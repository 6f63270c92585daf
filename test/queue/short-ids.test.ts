// The beginning of an id stands for it in every verb, where it means one thing only.
import { expect } from "chai";
import { givenJob, readJob, type JobFields } from "../support/given.ts";
import { everything } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

const FAILED: JobFields = { status: "failed", retryCount: 5, lastErrorCode: "timeout" };
/** Two of them begin alike. */
const IDS = {
  one: "3f0c6c1e-9a4d-4c1b-8e52-6f0d7a1b2c3d",
  twin: "3f0c6c1e-9a4e-4c1b-8e52-6f0d7a1b2c3d",
  other: "beef1234-9a4d-4c1b-8e52-6f0d7a1b2c3d",
};

describe("the beginning of a job's id", () => {
  const scene = setScene("ef");

  beforeEach(async () => {
    await givenJob(scene.db, { ...FAILED, id: IDS.one, username: "kim_s" });
    await givenJob(scene.db, { ...FAILED, id: IDS.twin, username: "lea_s" });
    await givenJob(scene.db, { ...FAILED, id: IDS.other, username: "tom_1" });
  });

  for (const typed of ["beef", "BEEF1234-", "beef1234-9a4d-4", "beef12349a4d4", "job/beef1"]) {
    it(`is for queue show the job, typed as ${typed}`, async () => {
      const { job } = await scene.json<{ job: { id: string } }>(["queue", "show", typed]);

      expect(job.id).to.equal(IDS.other);
    });
  }

  for (const [verb, done] of [
    ["requeue", "requeued"],
    ["cancel", "canceled"],
  ] as const) {
    it(`is for queue ${verb} the job, among whole ids and in their order, and on stdin`, async () => {
      const dryRun = ["queue", verb, "--dry-run"];

      const args = await scene.cli([...dryRun, "3f0c6c1e-9a4e", IDS.one, "beef"]);
      const stdin = [IDS.other, "", "3f0c6c1e9a4d", "3f0c6c1e-9a4e", "job/beef"].join("\n");
      const piped = await scene.cli([...dryRun, "-"], {}, { stdin });

      const lines = (...ids: string[]) => ids.map((id) => `job/${id} would be ${done}\n`).join("");
      expect([args.code, piped.code]).to.deep.equal([0, 0]);
      expect(args.stdout).to.equal(lines(IDS.twin, IDS.one, IDS.other));
      expect(piped.stdout).to.equal(lines(IDS.other, IDS.one, IDS.twin));
    });
  }

  it("is acted on by queue requeue, and is printed whole off a terminal", async () => {
    const { code, stdout } = await scene.cli(["queue", "requeue", "beef"]);

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `job/${IDS.other} requeued\n` });
    expect((await readJob(scene.db, IDS.other)).status).to.equal("pending");
  });

  it("is for queue verify the job", async () => {
    const { jobs } = await scene.json<{ jobs: { id: string }[] }>(["queue", "verify", "beef"]);

    expect(jobs.map(({ id }) => id)).to.deep.equal([IDS.other]);
  });

  it("is for retry-accounts --job the job", async () => {
    await scene.cli(["queue", "requeue", IDS.other, IDS.one]);

    const { code, report } = await scene.retry(["--job", "beef"]);

    expect(code).to.equal(0);
    expect(report).to.include({ claimed: 1, created: 1 });
    expect((await readJob(scene.db, IDS.other)).status).to.equal("completed");
  });

  const verbs: Record<string, string[]> = {
    requeue: ["queue", "requeue"],
    cancel: ["queue", "cancel"],
    verify: ["queue", "verify"],
    show: ["queue", "show"],
    "retry-accounts": ["retry-accounts", "--job"],
  };
  for (const [verb, args] of Object.entries(verbs)) {
    it(`that is also another's is refused by ${verb} with 64 and all it could be; one of none with 1`, async () => {
      const before = await everything(scene.db);

      const ambiguous = await scene.cli([...args, "3f0c6c1e-9"]);
      const unknown = await scene.cli([...args, "abcdef"]);
      const tooShort = await scene.cli([...args, "3f!"]);

      expect(ambiguous).to.include({ code: 64, stdout: "" });
      expect(ambiguous.stderr).to.include('"3f0c6c1e-9" is ambiguous');
      expect(ambiguous.stderr).to.include(`${IDS.one}  kim_s, timeout\n`);
      expect(ambiguous.stderr).to.include(`${IDS.twin}  lea_s, timeout\n`);
      expect(ambiguous.stderr).not.to.include(IDS.other);
      expect(unknown).to.include({ code: 1, stdout: "" });
      expect(unknown.stderr).to.include('"abcdef"').and.to.include("`queue list");
      expect(tooShort).to.include({ code: verb === "show" ? 1 : 64, stdout: "" });
      expect(tooShort.stderr)
        .to.include("3f!")
        .and.to.match(/4 characters/);
      expect(await everything(scene.db)).to.deep.equal(before);
    });
  }

  it("keeps all others from being acted on where it is ambiguous or unknown, named by its line", async () => {
    const before = await everything(scene.db);

    for (const [typed, code] of [
      ["3f0c", 64],
      ["abcdef", 1],
    ] as const) {
      const stdin = [IDS.other, "", typed, IDS.one].join("\n");
      const refused = await scene.cli(["queue", "requeue", "-", "--json"], {}, { stdin });

      expect(refused).to.include({ code, stdout: "" });
      expect(refused.stderr).to.include(`"${typed}" (line 3 of stdin)`);
    }
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("names ten of those that it could be, in the order of their ids, and says that there are others", async () => {
    for (let n = 10; n < 25; n += 1) {
      await givenJob(scene.db, { id: `beef1234-9a4d-4c1b-8e52-6f0d7a1b2c${n}` });
    }

    const { stderr } = await scene.cli(["queue", "requeue", "beef"]);

    const named = [...stderr.matchAll(/6f0d7a1b2c(..)/g)].map(([, end]) => end);
    expect(named).to.deep.equal(["10", "11", "12", "13", "14", "15", "16", "17", "18", "19"]);
    expect(stderr).to.match(/and others\n.*Type more/);
  });
});

describe("a username", () => {
  const scene = setScene("script");
  const show = (text: string) => scene.cli(["queue", "show", text, "--json"]);
  const idOf = ({ stdout }: { stdout: string }) =>
    (JSON.parse(stdout) as { job: { id: string } }).job.id;

  it("is for queue show the job, in any case and with blanks around it", async () => {
    const job = await givenJob(scene.db, { username: " Kim_S" });
    await givenJob(scene.db, { username: "kim_s2" });

    expect(idOf(await show("kim_s"))).to.equal(job.id);
    expect(idOf(await show(" KIM_s "))).to.equal(job.id);
  });

  it("that looks like the beginning of an id is refused where another job's ID begins this way", async () => {
    const named = await givenJob(scene.db, { username: "beef1234" });
    expect(idOf(await show("beef1234"))).to.equal(named.id);
    await givenJob(scene.db, { id: IDS.other, username: "tom_1" });

    const { code, stderr } = await show("beef1234");

    expect(code).to.equal(64);
    expect(stderr).to.include(named.id).and.to.include(IDS.other);
  });

  it("of several jobs is refused with all of them, the newest first", async () => {
    const old = await givenJob(scene.db, {
      ...{ username: "kim_s", status: "failed", lastErrorCode: "username_taken" },
      createdAt: "now() at time zone 'UTC' - interval '1 day'",
    });
    const fresh = await givenJob(scene.db, { username: "kim_s" });

    const { code, stdout, stderr } = await show("kim_s");

    expect({ code, stdout }).to.deep.equal({ code: 64, stdout: "" });
    expect(stderr).to.match(
      new RegExp(`${fresh.id}  kim_s, pending\n.*${old.id}  kim_s, username_taken`),
    );
    expect(stderr).to.include("ID of one of them");
  });

  it("of nobody is named, with what helps", async () => {
    const { code, stderr } = await show("nobody");

    expect(code).to.equal(1);
    expect(stderr).to.include('no job "nobody"').and.to.include("queue list --search");
  });

  it("that is blank is a usage error", async () => {
    expect((await show(" ")).code).to.equal(64);
  });
});

describe("the beginning of an action's id", () => {
  const scene = setScene();
  const undo = (id: string) => scene.cli(["queue", "undo", id]);

  it("is for queue undo the action", async () => {
    const job = await givenJob(scene.db, FAILED);
    const { actionId } = await scene.json<{ actionId: string }>(["queue", "requeue", job.id]);

    const { code, stdout } = await undo(actionId.slice(0, 8).toUpperCase());

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `job/${job.id} undone\n` });
  });

  it("that is also another's is refused with 64 and all it could be; one of none with 1", async () => {
    const job = await givenJob(scene.db, FAILED);
    for (const [id, verb] of [
      [IDS.one, "requeue"],
      [IDS.twin, "cancel"],
    ]) {
      await scene.db.query(
        `insert into family_hub_jobs.operator_actions (actor, verb, job_id, batch_id)
         values ('alice', $1, $2, $3), ('alice', $1, $2, $3)`,
        [verb, job.id, id],
      );
    }
    const before = await everything(scene.db);

    const ambiguous = await undo("3f0c");
    const unknown = await undo("abcdef");

    expect(ambiguous).to.include({ code: 64, stdout: "" });
    expect(ambiguous.stderr).to.match(new RegExp(`${IDS.one}  requeue by alice at \\S+Z, 2 jobs`));
    expect(ambiguous.stderr).to.include(`${IDS.twin}  cancel by alice`);
    expect(unknown).to.include({ code: 1, stdout: "" });
    expect(unknown.stderr).to.include('No action has an ID that begins with "abcdef"');
    expect(await everything(scene.db)).to.deep.equal(before);
  });
});
