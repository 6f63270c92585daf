// Output that cannot be written: no run ends or changes because of it, and the loss is reported elsewhere.
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { untilAtRest } from "../support/at-rest.ts";
import { useDirectory } from "../support/given-directory.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { useFiles } from "../support/given-settings.ts";
import { givenFamily, givenJob, readJob } from "../support/given.ts";
import { FULL, printingTo } from "../support/printing-to.ts";
import { readSamples } from "../support/prometheus-text.ts";
import { readRuns } from "../support/rows.ts";
import { runProgram, setScene } from "../support/scene.ts";
import { until, waitUntil } from "../support/wait-until.ts";
import { BINARY } from "../support/cli.ts";
import { askDoctor } from "../support/diagnosis.ts";
import type { RetryJson } from "../support/zitadel-env.ts";

const NO_SPACE = "no space left on device (ENOSPC)";

describe("a log that cannot be written", () => {
  const scene = setScene();
  const file = useFiles();
  const directory = useDirectory();
  const json = ["retry-accounts", "-v", "--json"];

  it("ends no run: every job is created, the code is 74, and the report counts the lines", async () => {
    const jobs = [await givenJob(scene.db), await givenJob(scene.db), await givenJob(scene.db)];

    const { code, stdout } = await printingTo({ stderr: FULL }, json, scene.env);

    expect(code).to.equal(74);
    const report = JSON.parse(stdout) as RetryJson & { readonly linesLost: number };
    expect(report).to.include({ outcome: "completed", created: 3, linesLost: 3 });
    for (const { id } of jobs) expect((await readJob(scene.db, id)).status).to.equal("completed");
  });

  it("is reported by the summary, the ledger, the metrics and doctor", async () => {
    await givenJob(scene.db);
    const env = { ...scene.env, METRICS_DIR: directory() };

    const { stdout } = await printingTo({ stderr: FULL }, ["retry-accounts", "-v"], env);

    expect(stdout).to.match(/created 1.*\(completed, lines that could not be written: 1\)\n$/);
    expect((await readRuns(scene.db))[0]?.counts).to.include({ created: 1, linesLost: 1 });
    const [metrics = ""] = readdirSync(directory()).map((name) => `${directory()}/${name}`);
    const samples = readSamples(readFileSync(metrics, "utf8"));
    expect(samples.get('family_hub_jobs_last_run_lines_lost{command="retry-accounts"}')).to.equal(
      1,
    );
    const { found, mend } = (await askDoctor(scene)).line("retry-accounts");
    expect(found).to.match(/completed; 1 line of its log or output could not be written$/);
    expect(mend).to.match(
      /^check where retry-accounts writes its output on \S+, for example for a full disk/,
    );
  });

  it("together with the answer ends no run either", async () => {
    const { id } = await givenJob(scene.db);

    const { code } = await printingTo({ stdout: FULL, stderr: FULL }, json, scene.env);

    expect(code).to.equal(74);
    expect((await readJob(scene.db, id)).status).to.equal("completed");
  });

  it("hides no other fault: the run's own code stands", async () => {
    const { id } = await givenJob(scene.db);
    await scene.zitadel.control.setFaults([
      { method: "CreateUser", kind: "grpc", code: 7, id: "AUTH-5mWD2" },
    ]);

    const refused = await printingTo({ stderr: FULL }, json, scene.env);
    const settings = await printingTo({ stderr: FULL }, json, { RETRY_LEASE: "soon" });
    const usage = await printingTo({ stderr: FULL }, ["queue", "lost"]);

    expect([refused.code, settings.code, usage.code]).to.deep.equal([77, 78, 64]);
    expect(await readJob(scene.db, id)).to.include({ status: "pending", retryCount: 0 });
  });

  it("is written again once there is room, on a line of its own", async () => {
    for (const _ of [1, 2]) await givenJob(scene.db);
    const earlier = `${"x".repeat(1500)}\n`;
    const log = file("run.log", earlier);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "second", at: "before", skip: 1, times: 1 },
    });
    // 1,536 bytes fit: of the first line of the run only its beginning.
    const run = printingTo(
      { stderr: log, fileBlocks: 3 },
      [...json, "--concurrency", "1"],
      scene.env,
    );
    await scene.zitadel.control.waitForPaused({ name: "second" });
    await waitUntil("the file is full", () => statSync(log).size >= 1536);
    // It is full before the run has tried to write the rest of the line.
    const { pid } = await scene.db.one<{ pid: number }>("select pid from family_hub_jobs.runs");
    await untilAtRest(pid);

    const torn = readFileSync(log, "utf8").slice(earlier.length);
    writeFileSync(log, torn);
    await scene.zitadel.control.release("second");
    const { code, stdout } = await run;

    const [first, second = "", third = ""] = readFileSync(log, "utf8").split("\n");
    expect(first).to.equal(torn);
    expect(JSON.parse(second)).to.include({ outcome: "created" });
    expect(third).to.match(
      /^family-hub-jobs: 1 line could not be written to stderr: file too large/,
    );
    expect(JSON.parse(stdout)).to.include({ created: 2, linesLost: 1 });
    expect(code).to.equal(74);
  });

  it("waits for a reader who does not read, but the run does not", async () => {
    await givenDueJobs(scene.db, 1000);
    await scene.zitadel.control.setFaults([
      { method: "CreateUser", kind: "grpc", code: 3, message: "x".repeat(300) },
    ]);
    const run = scene.start(["retry-accounts"], { LOG_FORMAT: "json" });
    run.process.stderr?.pause();

    await until(scene.db, "exists (select from family_hub_jobs.runs where outcome is not null)");
    expect(run.process.exitCode).to.equal(null);
    run.process.stderr?.resume();
    const { code, stderr } = await run.ended;

    expect(code).to.equal(0);
    expect(stderr.length).to.be.above(300_000);
    expect(stderr.trimEnd().split("\n")).to.have.length(1000);
  });
});

describe("an answer that cannot be written", () => {
  const scene = setScene();
  const file = useFiles();
  const directory = useDirectory();

  const answers: Readonly<Record<string, readonly string[]>> = {
    "of help": ["--help"],
    "of a command's help": ["help", "queue", "requeue"],
    "of the version": ["--version"],
    "of a completion script": ["completion", "bash"],
    "of a TAB": ["__complete", "--", "queue", ""],
    "of a list": ["queue", "list"],
    "of a number": ["queue", "stats"],
    "of a watch": ["queue", "stats", "--watch", "--json"],
    "of a new key": ["keys", "generate"],
    "of a run": ["purge-jobs", "--json"],
  };
  for (const [whose, args] of Object.entries(answers)) {
    it(`${whose} is reported on stderr, with 74`, async () => {
      await givenJob(scene.db);

      const { code, stderr } = await printingTo({ stdout: FULL }, args, scene.env);

      expect(stderr).to.match(/^family-hub-jobs: \d+ lines? could not be written to stdout: /);
      expect(stderr).to.include(`${NO_SPACE}. Check the disk or device behind it.\n`);
      expect(code).to.equal(74);
    });

    it(`${whose} is no error where the reader has left`, async () => {
      await givenJob(scene.db);
      const line = '{ "$0" "$@"; echo "code $?" >&2; } | true';

      const { stderr } = await runProgram(
        "sh",
        ["-c", line, process.execPath, BINARY, ...args],
        scene.env,
      );

      expect(stderr).to.equal("code 0\n");
    });
  }

  it("is reported as a whole, also where its beginning was written", async () => {
    await givenDueJobs(scene.db, 20);
    const list = file("list.json", "");

    const { code, stderr } = await printingTo(
      { stdout: list, fileBlocks: 2 },
      ["queue", "list", "--json"],
      scene.env,
    );

    expect(readFileSync(list, "utf8")).to.have.length(1024);
    expect(stderr).to.include("1 line could not be written to stdout: file too large (EFBIG)");
    expect(code).to.equal(74);
  });

  it("leaves no half of a new key in its file", async () => {
    const path = join(directory(), "keys.json");
    const generate = ["keys", "generate", "--out", path];

    const full = await printingTo({ fileBlocks: 0 }, generate);
    const again = await printingTo({}, generate);

    expect(full.stderr).to.include(`--out is ${path}: it cannot be written (EFBIG)`);
    expect([full.code, again.code]).to.deep.equal([64, 0]);
    expect(JSON.parse(readFileSync(path, "utf8")))
      .to.have.property("keys")
      .with.length(1);
  });

  describe("of queue add", () => {
    let add: readonly string[];
    const jobs = () => scene.db.query("select id from auth.queued_managed_account_creations");

    beforeEach(async () => {
      const family = ["--family", await givenFamily(scene.db), "--created-by", randomUUID()];
      add = ["queue", "add", "--username", "kid_one", "--name", "Kim Smith", ...family];
    });

    it("removes the job where a generated password is lost with it", async () => {
      const full = await printingTo({ stdout: FULL }, [...add, "--generate"], scene.env);
      const gone = await runProgram(
        "sh",
        [
          "-c",
          '{ "$0" "$@"; echo $? >&2; } | true',
          process.execPath,
          BINARY,
          ...add,
          "--generate",
        ],
        scene.env,
      );

      expect(full.code).to.equal(74);
      for (const { stderr } of [full, gone])
        expect(stderr).to.match(/^family-hub-jobs: No job was added: its generated password /);
      expect(gone.stderr).to.match(/\n74\n$/);
      expect(await jobs()).to.have.length(0);
      const { count } = await scene.db.one<{ count: string }>(
        "select count(*) from family_hub_jobs.operator_actions",
      );
      expect(count).to.equal("0");
    });

    it("leaves the job whose password its caller has", async () => {
      const line = `echo "Aa1!very long" | "$0" "$@" >${FULL}`;

      const { code, stderr } = await runProgram(
        "sh",
        ["-c", line, process.execPath, BINARY, ...add, "--password-stdin"],
        scene.env,
      );

      expect(stderr).to.include(`1 line could not be written to stdout: ${NO_SPACE}`);
      expect(code).to.equal(74);
      expect(await jobs()).to.have.length(1);
    });
  });
});
