// queue erase: what the queue holds of one person goes, and nothing of anybody else.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import pg from "pg";
import { atTerminal } from "../support/at-terminal.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenFamily, givenJob, type GivenJob, type JobFields } from "../support/given.ts";
import { givenAttempts, readActions } from "../support/given-history.ts";
import {
  everything,
  givenHeld,
  givenHeldAudit,
  IS_PASSED_OVER,
  moment,
  openTransaction,
  readAttempts,
  waitsForLock,
} from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

interface EraseJson {
  readonly erased: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

const QUEUE = "auth.queued_managed_account_creations";
const ERASE = ["queue", "erase", "--username", "kim_smith"];
const CONNECTED = `exists (select from pg_stat_activity
  where application_name like 'fhj%' and datname = current_database())`;
const FAMILY = randomUUID();

/** One person's jobs: all of one family. */
async function givenKim(scene: Scene, fields: JobFields = {}): Promise<GivenJob> {
  const familyId = await givenFamily(scene.db, FAMILY);
  return givenJob(scene.db, { username: "kim_smith", familyId, ...fields });
}

async function jobIds(scene: Scene): Promise<string[]> {
  const rows = await scene.db.query<{ id: string }>(`select id from ${QUEUE} order by id`);
  return rows.map(({ id }) => id);
}

for (const variant of VARIANTS) {
  describe(`queue erase on the ${variant} database in another time zone`, () => {
    const scene = setScene(variant);
    let env: Record<string, string>;

    before(async () => {
      const { name } = await scene.db.one<{ name: string }>("select current_database() as name");
      await scene.db.query(`alter database "${name}" set timezone to 'America/St_Johns'`);
      env = { TZ: "Asia/Tokyo" };
    });

    it("deletes every job of that username, in whatever state but processing, with its attempts", async () => {
      const long = moment(variant, "-300 days");
      const states = [
        { status: "pending" },
        { status: "completed", updatedAt: long },
        { status: "failed", retryCount: 5, lastErrorCode: "timeout" },
        { status: "archived" },
        { status: " Failed\n", username: " Kim_Smith\t" },
      ];
      const ids: string[] = [];
      for (const state of states) {
        ids.push((await givenKim(scene, { ...state })).id);
      }
      for (const id of ids) await givenAttempts(scene.db, 2, "now()", id);
      const others = [];
      for (const username of ["kim_smith2", "kim", "kim%smith", "kimxsmith"]) {
        others.push((await givenJob(scene.db, { username, fullName: "Kim Smith" })).id);
      }
      await givenAttempts(scene.db, 1, "now()", others[0]);

      const args = ["queue", "erase", "--username", " KIM_Smith ", "--yes", "--json"];
      const { code, stdout } = await scene.cli(args, env);

      expect(code).to.equal(0);
      expect(JSON.parse(stdout)).to.deep.equal({ erased: ids.toSorted(), skipped: [] });
      expect(await jobIds(scene)).to.deep.equal(others.toSorted());
      for (const id of ids) expect(await readAttempts(scene.db, id)).to.deep.equal([]);
      expect(await readAttempts(scene.db, others[0] ?? "")).to.have.length(1);
    });

    it("refuses a job that a run holds, naming the run and the end of its lease", async () => {
      const held = await givenKim(scene);
      await givenHeld(scene.db, held, "3 minutes");
      const dead = await givenKim(scene);
      await givenHeld(scene.db, dead, "-3 minutes");
      const alien = await givenKim(scene, { status: "Processing " });
      const free = await givenKim(scene, { status: "failed" });
      const leases = new Map(
        (
          await scene.db.query<{ id: string; run: string; ends: Date }>(
            `select id, claimed_by_run_id as run, lease_expires_at as ends from ${QUEUE}`,
          )
        ).map((row) => [row.id, row]),
      );

      const { code, stdout } = await scene.cli([...ERASE, "--yes", "--json"], env);

      expect(code).to.equal(1);
      const { erased, skipped } = JSON.parse(stdout) as EraseJson;
      expect(erased).to.deep.equal([free.id]);
      const reasons = new Map(skipped.map(({ id, reason }) => [id, reason]));
      expect([...reasons.keys()]).to.have.members([held.id, dead.id, alien.id]);
      for (const [{ id }, verb] of [
        [held, "holds it until"],
        [dead, "held it until"],
      ] as const) {
        const lease = leases.get(id);
        expect(reasons.get(id))
          .to.match(/^processing/)
          .and.to.include(`${lease?.run} ${verb} ${lease?.ends.toISOString()}`);
      }
      expect(reasons.get(alien.id)).to.include("held by no run").and.to.include("RETRY_LEASE");
      expect(await jobIds(scene)).to.have.members([held.id, dead.id, alien.id]);
    });
  });
}

describe("queue erase", () => {
  const scene = setScene("ef");
  const given = (status = "failed") => givenKim(scene, { status });

  it("prints a line for each job, and says what is FamilyHub's to erase", async () => {
    const job = await given();

    const { code, stdout, stderr } = await scene.cli([...ERASE, "--yes"]);

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `job/${job.id} erased\n` });
    for (const rest of ["Zitadel", "auth.users", "auth.outbox_events", "docs/privacy.md"]) {
      expect(stderr).to.include(rest);
    }
  });

  it("prints only problems with -q", async () => {
    await given();

    const quiet = await scene.cli([...ERASE, "--yes", "-q"]);
    const nothing = await scene.cli([...ERASE, "--yes", "-q"]);

    expect(quiet).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect({ code: nothing.code, stdout: nothing.stdout }).to.deep.equal({ code: 1, stdout: "" });
    expect(nothing.stderr).to.include('no job has the username "kim_smith"');
  });

  it("finds nothing the second time: exit 1, and nothing changes", async () => {
    const job = await given();

    const first = await scene.json<EraseJson>([...ERASE, "--yes"]);
    const after = await everything(scene.db);
    const second = await scene.cli([...ERASE, "--yes", "--json"]);

    expect(first).to.deep.equal({ erased: [job.id], skipped: [] });
    expect(second.code).to.equal(1);
    expect(JSON.parse(second.stdout)).to.deep.equal({ erased: [], skipped: [] });
    expect(second.stderr).to.include('no job has the username "kim_smith"');
    expect(await everything(scene.db)).to.deep.equal(after);
  });

  it("records who, why and which status for each job, and no name", async () => {
    const jobs = [await given("failed"), await given(" Completed")];
    const said = ["--actor", "dpo@example", "--reason", "request 4711"];

    await scene.cli([...ERASE, "--yes", ...said]);

    const actions = await readActions(scene.db);
    const common = { actor: "dpo@example", verb: "erase", reason: "request 4711", after: null };
    const expected = jobs.map(({ id }, index) => ({
      ...{ ...common, jobId: id, before: { status: index === 0 ? "failed" : "completed" } },
    }));
    expect(actions).to.have.deep.members(expected);
    expect(JSON.stringify(actions)).not.to.match(/kim|smith/i);
  });

  it("takes no other command's rows: users, events and invitations are FamilyHub's", async () => {
    const job = await givenKim(scene);
    await scene.retry();
    const before = await everything(scene.db);

    await scene.cli([...ERASE, "--yes"]);

    const after = await everything(scene.db);
    expect(after["users"]).to.deep.equal(before["users"]);
    expect(after["events"]).to.deep.equal(before["events"]);
    expect(after["attempts"]).to.equal(null);
    expect(await scene.zitadel.control.findUser({ userId: job.id })).to.include({
      username: "kim_smith",
    });
  });

  it("only says what it would erase with --dry-run, without asking", async () => {
    const job = await given();
    const held = await given();
    await givenHeld(scene.db, held, "1 minute");
    const before = await everything(scene.db);

    const { code, stdout } = await scene.cli([...ERASE, "--dry-run"]);

    expect(code).to.equal(1);
    const [erased, skipped, ...more] = stdout.split("\n");
    expect([erased, ...more]).to.deep.equal([`job/${job.id} would be erased`, ""]);
    expect(skipped).to.match(new RegExp(`^job/${held.id} skipped: processing: run `));
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("needs --yes where nobody can be asked: 64, and nothing changes", async () => {
    await given();
    const before = await everything(scene.db);

    const { code, stdout, stderr } = await scene.cli(ERASE, {}, { stdin: "y\n" });

    expect({ code, stdout }).to.deep.equal({ code: 64, stdout: "" });
    expect(stderr).to.include("--yes").and.to.include("--dry-run");
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("needs a username that is one", async () => {
    const results = await Promise.all([
      scene.cli(["queue", "erase", "--yes"]),
      scene.cli(["queue", "erase", "--yes", "--username", "  "]),
    ]);

    for (const { code, stdout, stderr } of results) {
      expect({ code, stdout }).to.deep.equal({ code: 64, stdout: "" });
      expect(stderr).to.include("--username");
    }
  });
});

describe("queue erase at a terminal", () => {
  const scene = setScene("ef");

  it("shows how many and asks; y erases", async () => {
    await givenKim(scene);
    await givenKim(scene, { status: "completed" });

    const { code, stdout, stderr } = await atTerminal(ERASE, scene.env, async () => "y");

    expect(code).to.equal(0);
    expect(stderr).to.include('Permanently erase 2 jobs of "kim_smith"? [y/N] ');
    expect(stdout.trim().split("\n")).to.have.length(2);
    expect(await jobIds(scene)).to.deep.equal([]);
  });

  it("treats everything else as no: exit 1, and nothing changes", async () => {
    await givenKim(scene);
    const before = await everything(scene.db);

    for (const answer of ["", "n", "yikes", null]) {
      const { code, stdout, stderr } = await atTerminal(ERASE, scene.env, async () => answer);

      expect({ answer, code, stdout }).to.deep.equal({ answer, code: 1, stdout: "" });
      expect(stderr).to.include("1 job of").and.to.include("Nothing was erased.");
    }
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("asks nothing with --yes, nor where nothing could be erased", async () => {
    const held = await givenKim(scene);
    await givenHeld(scene.db, held, "1 minute");
    await givenJob(scene.db, { username: "other_kid" });

    const other = ["queue", "erase", "--username", "other_kid"];
    const nobody = ["queue", "erase", "--username", "nobody"];
    const yes = await atTerminal([...other, "--yes"], scene.env, async () => "n");
    const none = await atTerminal(nobody, scene.env, async () => "y");
    const busy = await atTerminal(ERASE, scene.env, async () => "y");

    expect([yes.code, none.code, busy.code]).to.deep.equal([0, 1, 1]);
    expect(yes.stderr + none.stderr + busy.stderr).not.to.include("[y/N]");
    expect(await jobIds(scene)).to.deep.equal([held.id]);
  });

  it("holds no lock and no connection while it waits for an answer", async () => {
    await givenKim(scene);
    let connected: object[] = [{}];

    const { code } = await atTerminal(ERASE, scene.env, async () => {
      await until(scene.db, `not ${CONNECTED}`);
      connected = await scene.db.query(`select ${CONNECTED} as yes`);
      return "y";
    });

    expect(connected).to.deep.equal([{ yes: false }]);
    expect(code).to.equal(0);
  });

  it("erases what is there when the answer comes: also a job that was added in the meantime", async () => {
    await givenKim(scene);

    const { code, stdout } = await atTerminal(ERASE, scene.env, async () => {
      await givenKim(scene);
      return "yes";
    });

    expect(code).to.equal(0);
    expect(stdout.trim().split("\n")).to.have.length(2);
  });
});

describe("queue erase together with other commands", () => {
  const scene = setScene("script");

  it("waits for the run that is claiming the job, and then refuses it", async () => {
    const job = await givenKim(scene);
    const claimer = new pg.Client({ connectionString: scene.db.url });
    await claimer.connect();
    await claimer.query(`begin; update ${QUEUE} set status = 'processing',
      claimed_by_run_id = gen_random_uuid(), lease_expires_at = now() + interval '1 minute'`);
    const erasing = scene.start([...ERASE, "--yes", "--json"]);
    await until(scene.db, IS_PASSED_OVER);

    await claimer.query("commit");
    await claimer.end();
    const { code, stdout } = await erasing.ended;

    expect(code).to.equal(1);
    const { erased, skipped } = JSON.parse(stdout) as EraseJson;
    expect(erased).to.deep.equal([]);
    expect(skipped[0]?.reason).to.match(/^processing: run \S+ holds it until /);
    expect(await jobIds(scene)).to.deep.equal([job.id]);
  });

  it("killed in the middle erases nothing and records nothing; the next one does both", async () => {
    const jobs = [await givenKim(scene)];
    jobs.push(await givenKim(scene));
    const before = await everything(scene.db);
    const release = await givenHeldAudit(scene.db);
    const erasing = scene.start([...ERASE, "--yes"]);
    await until(scene.db, waitsForLock("queue erase"));

    erasing.kill("SIGKILL");
    await erasing.ended;
    await release();
    const killed = await everything(scene.db);
    const { erased } = await scene.json<EraseJson>([...ERASE, "--yes", "--wait", "10s"]);

    expect(killed).to.deep.equal(before);
    expect(erased).to.have.members(jobs.map(({ id }) => id));
    expect(await readActions(scene.db)).to.have.length(2);
  });

  it("started twice at once erases each job once", async () => {
    for (let n = 0; n < 5; n += 1) await givenKim(scene);
    const args = [...ERASE, "--yes", "--json", "--wait", "15s"];

    const results = await Promise.all([scene.cli(args), scene.cli(args)]);

    expect(results.map(({ code }) => code).toSorted()).to.deep.equal([0, 1]);
    const erased = results.flatMap(({ stdout }) => (JSON.parse(stdout) as EraseJson).erased);
    expect(new Set(erased).size).to.equal(5);
    expect(erased).to.have.length(5);
    expect(await readActions(scene.db)).to.have.length(5);
  });

  it("says with 75 who holds its lock, and erases nothing", async () => {
    const job = await givenKim(scene);
    const blocker = await openTransaction(
      scene.db,
      `select from ${QUEUE} where id = '${job.id}' for update`,
    );
    const first = scene.start([...ERASE, "--yes"]);
    await until(scene.db, IS_PASSED_OVER);

    const second = await scene.cli([...ERASE, "--yes"]);
    await blocker.end();

    expect(second.code).to.equal(75);
    expect(second.stderr).to.include("fhj queue erase");
    expect((await first.ended).code).to.equal(0);
  });

  it("leaves a job that the API adds in the meantime; erasing again takes it", async () => {
    const job = await givenKim(scene);
    const blocker = await openTransaction(
      scene.db,
      `select from ${QUEUE} where id = '${job.id}' for update`,
    );
    const erasing = scene.start([...ERASE, "--yes", "--json"]);
    await until(scene.db, IS_PASSED_OVER);

    const late = await givenKim(scene);
    await blocker.end();
    const first = JSON.parse((await erasing.ended).stdout) as EraseJson;
    const second = await scene.json<EraseJson>([...ERASE, "--yes"]);

    expect(first.erased).to.deep.equal([job.id]);
    expect(second.erased).to.deep.equal([late.id]);
  });
});

describe("queue erase where two families have jobs of one username", () => {
  const scene = setScene();

  it("erases nothing until a family is given, and then no other's", async () => {
    const ours = await givenKim(scene);
    const theirs = await givenJob(scene.db, { username: "kim_smith" });

    const unclear = await scene.cli([...ERASE, "--yes"]);
    const dry = await scene.cli([...ERASE, "--dry-run"]);

    expect([unclear.code, dry.code]).to.deep.equal([64, 64]);
    for (const { stderr } of [unclear, dry]) {
      expect(stderr).to.contain("2 families").and.contain(ours.familyId);
    }
    expect(await jobIds(scene)).to.have.members([ours.id, theirs.id]);

    const clear = await scene.cli([...ERASE, "--family", ours.familyId, "--yes"]);

    expect(clear.code, clear.stderr).to.equal(0);
    expect(await jobIds(scene)).to.deep.equal([theirs.id]);
  });

  it("erases what can be erased although one job's lease never ends", async () => {
    const held = await givenKim(scene);
    const free = await givenKim(scene, { status: "failed" });
    await givenHeld(scene.db, held, "1 hour");
    await scene.db.query(`update ${QUEUE} set lease_expires_at = 'infinity' where id = $1`, [
      held.id,
    ]);

    const report = await scene.json<EraseJson>([...ERASE, "--yes"]);

    expect(report.erased).to.deep.equal([free.id]);
    expect(report.skipped.map(({ id }) => id)).to.deep.equal([held.id]);
  });
});
