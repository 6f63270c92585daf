// `queue pause` and `queue resume`: until then no run begins a job, and everybody learns why.
import { expect } from "chai";
import { expectEachOnce } from "../support/books.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { givenInvitation, givenJob, readJob } from "../support/given.ts";
import { useDirectory } from "../support/given-directory.ts";
import { readSamples } from "../support/prometheus-text.ts";
import { parseReport, setScene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface PauseJson {
  readonly paused: boolean;
  readonly since: string;
  readonly until: string | null;
  readonly actor: string;
  readonly reason: string;
}

const WHY = ["--reason", "Zitadel is being upgraded", "--actor", "kim"];

describe("queue pause", () => {
  const scene = setScene();
  const pause = (...args: string[]) => scene.cli(["queue", "pause", ...WHY, ...args]);

  it("keeps every run, shard and job where it is, with 0 and paused, until it is resumed", async () => {
    const ids = await givenDueJobs(scene.db, 3);
    const paused = await pause();

    const runs = [await scene.retry(), await scene.retry(["--shard", "1/2"])];
    const calls = await scene.zitadel.control.calls();
    const resumed = await scene.cli(["queue", "resume"]);
    const after = await scene.retry();

    expect(paused).to.include({ code: 0, stderr: "" });
    expect(paused.stdout).to.match(
      /^The queue is paused until `queue resume` by kim: Zitadel is being upgraded\. .*queue resume\n$/,
    );
    for (const { code, report } of runs) {
      expect(code).to.equal(0);
      expect(report).to.include({ outcome: "paused", claimed: 0, created: 0 });
      expect(report.reason).to.include("by kim: Zitadel is being upgraded");
    }
    expect(calls).to.deep.equal([]);
    expect(resumed.stdout).to.match(
      /^The queue is resumed: .*by kim: Zitadel .*To pause it again: .*queue pause/,
    );
    expect(after.report).to.include({ outcome: "completed", created: 3 });
    await expectEachOnce(scene, ids);
  });

  it("ends by itself", async () => {
    const { id } = await givenJob(scene.db);
    const { until, since } = await scene.json<PauseJson>([
      ...["queue", "pause", "--for", "2h", ...WHY],
    ]);
    const held = await scene.retry();
    await scene.db.query("update family_hub_jobs.pause set until = now()");

    const { report } = await scene.retry();

    expect(new Date(until ?? 0).getTime() - new Date(since).getTime()).to.equal(7_200_000);
    expect(held.report.outcome).to.equal("paused");
    expect(report).to.include({ outcome: "completed", created: 1 });
    expect((await readJob(scene.db, id)).status).to.equal("completed");
  });

  it("stops a run that works: what is in flight is finished, the rest released", async () => {
    const ids = await givenDueJobs(scene.db, 60);
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "delay", ms: 500 });
    const run = scene.start(["retry-accounts", "--json", "--concurrency", "2"]);
    await until(scene.db, "exists (select from auth.users)");

    await pause();
    const ended = await run.ended;
    const report = parseReport(ended);
    await scene.zitadel.control.setFaults([]);
    await scene.cli(["queue", "resume"]);
    const next = await scene.retry();

    expect(ended.code).to.equal(0);
    expect(report).to.include({ outcome: "paused", failed: 0, retried: 0 });
    expect(report.created).to.be.within(1, 59);
    expect(next.report).to.include({ outcome: "completed", rescued: 0, adopted: 0 });
    await expectEachOnce(scene, ids);
  });

  it("lets purges continue", async () => {
    await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
    await pause();

    const { deleted } = await scene.json<{ deleted: number }>(["purge-invitations"]);

    expect(deleted).to.equal(1);
  });

  it("refuses one job by hand with the reason, and --force tries it", async () => {
    const { id } = await givenJob(scene.db);
    await pause();

    const refused = await scene.cli(["retry-accounts", "--job", id]);
    const forced = await scene.retry(["--job", id, "--force"]);
    const without = await scene.cli(["retry-accounts", "--force"]);

    expect(refused.code).to.equal(75);
    expect(refused.stderr).to.match(/was not tried: .*paused.*kim: Zitadel.*--force/);
    expect(forced.report).to.include({ outcome: "completed", created: 1 });
    expect(without.code).to.equal(64);
    expect(without.stderr).to.include("--job");
  });

  it("is silent under cron, and told on a run that is asked to say more", async () => {
    await givenJob(scene.db);
    await pause();

    const cron = await scene.cli(["retry-accounts", "--max-duration", "50s"]);
    const verbose = await scene.cli(["retry-accounts", "-v"]);

    expect(cron).to.include({ code: 0, stdout: "", stderr: "" });
    expect(verbose.stdout).to.match(/\(paused: paused until|\(paused/);
  });

  it("is shown by stats, show, doctor and runs, with who and why", async () => {
    const { id } = await givenJob(scene.db);
    await pause("--until", "2999-01-31T08:00Z");
    await scene.retry();

    const stats = await scene.cli(["queue", "stats"]);
    const numbers = await scene.json<{ pause: PauseJson; forecast: { unknownBecause: string } }>([
      ...["queue", "stats"],
    ]);
    const show = await scene.json<{ whyNotNow: { code: string; text: string }[] }>([
      ...["queue", "show", id],
    ]);
    const doctor = await scene.cli(["doctor"]);
    const runs = await scene.cli(["runs", "--outcome", "paused"]);

    expect(stats.stdout).to.match(/^Paused .*by kim: Zitadel is being upgraded/);
    expect(numbers.pause).to.include({ until: "2999-01-31T08:00:00.000Z", actor: "kim" });
    expect(numbers.forecast.unknownBecause).to.equal("queue_paused");
    expect(show.whyNotNow.map(({ code }) => code)).to.include("queue_paused");
    expect(doctor.stdout).to.match(/warn +pause +paused until 2999.*by kim/);
    expect(runs.stdout).to.include("paused");
  });

  it("is reported by what counts or makes jobs due: a dry run, a requeue and an added job", async () => {
    const { id, familyId } = await givenJob(scene.db, {
      status: "failed",
      lastErrorCode: "timeout",
    });
    const account = ["--username", "kid_two", "--name", "Kim", "--created-by", id];
    const add = ["queue", "add", ...account, "--family", familyId, "--generate"];
    await pause();

    const before = await scene.cli(["queue", "requeue", id, "--dry-run"]);
    const requeued = await scene.cli(["queue", "requeue", id]);
    const added = await scene.cli(add);
    const dry = await scene.cli(["retry-accounts", "--dry-run"]);
    const json = await scene.retry(["--dry-run"]);
    const runs = await scene.cli(["runs"]);
    await scene.cli(["queue", "resume"]);
    const after = await scene.cli(["retry-accounts", "--dry-run"]);

    const told =
      "The queue is paused until `queue resume` by kim: Zitadel is being upgraded. No job";
    expect(before.stderr).to.equal(`${told} starts before then.\n`);
    for (const { stderr } of [requeued, added]) expect(stderr).to.match(/^The .*\nTo undo: .*\n$/);
    expect(dry.stdout).to.match(/dry run, nothing changed; a run would find: due 2, /);
    expect(dry.stderr).to.match(/: the queue is paused until .* by kim: .*No run starts a job/);
    expect(json.report).to.include({ outcome: "completed", due: 2 });
    expect(json.report.reason).to.match(/^dry run: .*; the queue is paused until/);
    expect(runs.stdout.match(/dry run/g)).to.have.length(2);
    expect(after.stderr).to.equal("");
  });

  it("goes into the audit with its end and its resumption, each once", async () => {
    await pause("--for", "1h");
    await scene.cli(["queue", "resume", "--reason", "done", "--actor", "robin"]);
    const again = await scene.cli(["queue", "resume"]);

    const audit = await scene.db.query<{ verb: string; actor: string; reason: string }>(
      "select verb, actor, reason from family_hub_jobs.operator_actions order by action_id",
    );

    expect(audit).to.deep.equal([
      { verb: "pause", actor: "kim", reason: "Zitadel is being upgraded" },
      { verb: "resume", actor: "robin", reason: "done" },
    ]);
    expect(again).to.include({ code: 0 });
    expect(again.stdout).to.include("was not paused; nothing was changed");
  });

  it("may be put in place of another, whose beginning stays", async () => {
    const first = await scene.json<PauseJson>(["queue", "pause", ...WHY]);
    const second = await scene.json<PauseJson>(["queue", "pause", "--for", "1h", ...WHY]);

    expect(second.since).to.equal(first.since);
    expect([first.until, second.until === null]).to.deep.equal([null, false]);
  });

  const wrong: Readonly<Record<string, readonly [string[], RegExp]>> = {
    "without a reason": [[], /--reason is missing/],
    "with an end in the past": [["--until", "2020-01-01", ...WHY], /2020-01-01.*in the future/],
    "with two ends": [["--for", "1h", "--until", "2999-01-01", ...WHY], /--for and --until/],
    "until no time": [["--until", "tomorrow", ...WHY], /tomorrow.*2026-01-31/],
  };
  for (const [what, [args, message]] of Object.entries(wrong)) {
    it(`is refused ${what}, with 64 and nothing paused`, async () => {
      const { code, stderr } = await scene.cli(["queue", "pause", ...args]);

      expect(code).to.equal(64);
      expect(stderr).to.match(message);
      expect(await scene.db.query("select from family_hub_jobs.pause")).to.deep.equal([]);
    });
  }
});

describe("queue_paused", () => {
  const scene = setScene();
  const directory = useDirectory();

  it("is 1 while the queue is paused, and the run counts as a success", async () => {
    const env = () => ({ METRICS_DIR: directory() });
    const read = () => {
      const [name = ""] = readdirSync(directory());
      return readSamples(readFileSync(join(directory(), name), "utf8"));
    };
    await scene.cli(["queue", "pause", ...WHY]);
    await scene.cli(["retry-accounts"], env());
    const paused = read();
    await scene.cli(["queue", "resume"]);
    await scene.cli(["retry-accounts"], env());

    expect(paused.get("family_hub_jobs_queue_paused")).to.equal(1);
    expect(
      paused.get('family_hub_jobs_last_success_timestamp_seconds{command="retry-accounts"}'),
    ).to.be.above(0);
    expect(read().get("family_hub_jobs_queue_paused")).to.equal(0);
  });
});
