// runs: the ledger, newest first; running runs are distinguished from dead ones.
import { expect } from "chai";
import { randomUUID } from "node:crypto";
import { givenJob } from "../support/given.ts";
import { givenRun } from "../support/given-ledger.ts";
import { everything, openTransaction, readRuns } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

interface RunJson {
  readonly runId: string;
  readonly outcome: string;
  readonly [field: string]: unknown;
}

interface RunsJson {
  readonly runs: readonly RunJson[];
  readonly nextCursor: string | null;
}

const KEYS = [
  ...["runId", "command", "host", "pid", "version", "startedAt", "finishedAt", "durationMs"],
  ...["outcome", "reason", "counts"],
];

describe("runs", () => {
  const scene = setScene();
  const runs = (...args: string[]) => scene.json<RunsJson>(["runs", ...args]);

  it("reports in JSON what each run did, with exactly the documented keys", async () => {
    await givenJob(scene.db);
    const { report } = await scene.retry();

    const { runs: listed, nextCursor } = await runs();

    expect(nextCursor).to.equal(null);
    expect(listed).to.have.length(1);
    const [run] = listed;
    expect(Object.keys(run ?? {})).to.deep.equal(KEYS);
    expect(run).to.include({
      ...{ runId: report.runId, command: "retry-accounts", outcome: "completed", reason: null },
    });
    expect(run?.["counts"]).to.include({ due: 1, claimed: 1, created: 1, failed: 0 });
    expect(run?.["startedAt"]).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(run?.["durationMs"]).to.be.within(1, 20_000);
  });

  it("is running while its run holds a lock, and has died when that was killed", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    const running = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });

    const during = await runs();
    running.kill("SIGKILL");
    await running.ended;
    await until(
      scene.db,
      `not exists (select from pg_stat_activity
                   where application_name like 'fhj retry-%' and datname = current_database())`,
    );
    const after = await runs();

    expect(during.runs[0]).to.include({ outcome: "running", finishedAt: null, durationMs: null });
    expect(after.runs[0]).to.include({ outcome: "died", finishedAt: null, durationMs: null });
    expect(after.runs.map(({ runId }) => runId)).to.deep.equal([during.runs[0]?.runId]);
  });

  it("has died where only a pooler's idle connection has its name", async () => {
    const runId = await givenRun(scene.db, { outcome: null });
    const name = `fhj retry-accounts ${runId}`;
    const pooled = await openTransaction(scene.db, `set application_name = '${name}'; commit`);

    const { runs: listed } = await runs();
    await pooled.end();

    expect(listed.map(({ outcome }) => outcome)).to.deep.equal(["died"]);
  });

  it("chooses by command, outcome and start", async () => {
    const given = {
      retry: await givenRun(scene.db),
      stopped: await givenRun(scene.db, {
        outcome: "stopped",
        startedAt: "now() - interval '3 hours'",
      }),
      purge: await givenRun(scene.db, { command: "purge-invitations" }),
      died: await givenRun(scene.db, { outcome: null, command: "purge-invitations" }),
    };
    const names = new Map(Object.entries(given).map(([name, id]) => [id, name]));
    const cases: [string, string[]][] = [
      ["", ["retry", "stopped", "purge", "died"]],
      ["--command purge-invitations", ["purge", "died"]],
      ["--command purge-invitations,retry-accounts", ["retry", "stopped", "purge", "died"]],
      ["--outcome stopped died", ["stopped", "died"]],
      ["--outcome running", []],
      ["--outcome Completed --command retry-accounts", ["retry"]],
      ["--since 2h", ["retry", "purge", "died"]],
      ["--since 2020-01-01T00:00Z", ["retry", "stopped", "purge", "died"]],
    ];

    const answers = await Promise.all(
      cases.map(async ([flags]) => (await runs(...flags.split(" ").filter(Boolean))).runs),
    );

    for (const [index, [flags, expected]] of cases.entries()) {
      const found = answers[index]?.map(({ runId }) => names.get(runId));
      expect(found, flags).to.have.members(expected);
    }
  });

  it("covers every run exactly once in pages, newest first, also where many began at once", async () => {
    for (let i = 0; i < 4; i += 1) await givenRun(scene.db, { startedAt: "'2026-01-02'" });
    const newest = await givenRun(scene.db, { startedAt: "'2026-01-03'" });
    const seen: string[] = [];

    for (let cursor: string | null = ""; cursor !== null;) {
      const page: RunsJson = await runs(
        "--limit",
        "2",
        ...(cursor === "" ? [] : ["--cursor", cursor]),
      );
      seen.push(...page.runs.map(({ runId }) => runId));
      cursor = page.nextCursor;
    }

    expect(seen[0]).to.equal(newest);
    expect(seen).to.have.length(5);
    expect(new Set(seen).size).to.equal(5);
  });

  it("is a table by default: what was not done is left out, wide reports why a run ended", async () => {
    const counts = { due: 4, claimed: 4, created: 3, adopted: 0, failed: 1 };
    const [worked, died] = [
      await givenRun(scene.db, { counts, outcome: "unavailable", reason: "Zitadel is down" }),
      await givenRun(scene.db, { outcome: null, startedAt: "now() - interval '1 hour'" }),
    ];

    const [table, wide, name, jsonl] = await Promise.all(
      ["table", "wide", "name", "jsonl"].map((format) => scene.cli(["runs", "-o", format])),
    );

    const [head, first, second] = table?.stdout.split("\n") ?? [];
    expect(head).to.match(/^RUN +COMMAND +OUTCOME +COUNTS +DURATION +STARTED$/);
    expect(first).to.match(
      new RegExp(`^${worked} +retry-accounts +unavailable +failed 1, created 3 +2\\.0s +\\d{4}-`),
    );
    expect(second).to.match(new RegExp(`^${died} +retry-accounts +died +<none> +<none> +\\d{4}-`));
    expect(wide?.stdout).to.match(
      /due 4, claimed 4, failed 1, created 3.* pod-1 +4711 +0\.0\.1 +Zitadel is down/,
    );
    expect(name?.stdout).to.equal(`${worked}\n${died}\n`);
    expect(
      jsonl?.stdout
        .trimEnd()
        .split("\n")
        .map((line) => Object.keys(JSON.parse(line))),
    ).to.deep.equal([KEYS, KEYS]);
  });

  it("prints nothing when there is none, in JSON an empty list", async () => {
    const [table, json] = await Promise.all([scene.cli(["runs"]), runs()]);

    expect(table).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(json).to.deep.equal({ runs: [], nextCursor: null });
  });

  it("lets no character of a reason or a host move the cursor", async () => {
    await givenRun(scene.db, {
      host: "pod\u001b[2J",
      reason: "why\u202e\r\nnot",
      outcome: "stopped",
    });

    const { stdout } = await scene.cli(["runs", "-o", "wide"]);

    expect(stdout).to.include("pod [2J").and.to.include("why not");
    expect(stdout.trimEnd().split("\n")).to.have.length(2);
  });

  it("changes nothing and waits for nobody, also while a run works", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before" },
    });
    const running = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });
    const [before, ledger] = [await everything(scene.db), await readRuns(scene.db)];

    const [first, second] = [await scene.cli(["runs"]), await scene.cli(["runs"])];

    expect(first.stdout).to.match(/ running /);
    expect(second).to.deep.equal(first);
    expect([await everything(scene.db), await readRuns(scene.db)]).to.deep.equal([before, ledger]);
    await scene.zitadel.control.release("call");
    expect((await running.ended).code).to.equal(0);
  });

  it("ends with 64 and names the flag whose value is not right", async () => {
    const wrong = [
      ["--command", "retry"],
      ["--outcome", "running,done"],
      ["--since", "yesterday"],
      ["--limit", "0"],
      ["-o", "csv"],
      ["--cursor", "nonsense"],
      ["--cursor", Buffer.from(`["-startedAt","soon","${randomUUID()}"]`).toString("base64url")],
      ["--cursor", Buffer.from('["-createdAt","2026-01-01","x"]').toString("base64url")],
    ] as const;

    const results = await Promise.all(wrong.map((args) => scene.cli(["runs", ...args])));

    for (const [index, { code, stdout, stderr }] of results.entries()) {
      const [flag, value] = wrong[index] ?? ["", ""];
      const named = stderr.includes(flag);
      expect({ value, code, stdout, named }).to.deep.equal({
        value,
        code: 64,
        stdout: "",
        named: true,
      });
    }
  });
});
