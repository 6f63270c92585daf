// Ids on stdin, any number of them: what is read, what is refused, and how much memory it takes.
import { readFile } from "node:fs/promises";
import { setInterval } from "node:timers/promises";
import { expect } from "chai";
import { givenJob } from "../support/given.ts";
import { everything } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

interface ByIdJson {
  readonly requeued?: readonly string[];
  readonly canceled?: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
}

interface VerifyJson {
  readonly jobs: readonly { readonly id: string }[];
  readonly counts: Readonly<Record<string, number>>;
}

/** More than a function takes as arguments, and more than was once taken at once. */
const MANY = 150_000;

describe("ids on stdin", () => {
  const scene = setScene();
  const FAILED = { status: "failed", retryCount: 5 };

  for (const verb of ["requeue", "cancel"] as const) {
    it(`may be ${MANY} for queue ${verb}: the jobs among them are acted on, and memory stays small`, async () => {
      const jobs = [await givenJob(scene.db, FAILED), await givenJob(scene.db, FAILED)];
      const [first, last] = jobs.map(({ id }) => id);
      const unknown = Array.from({ length: MANY }, (_, n) => madeInTurn(n));
      const stdin = [first, ...unknown, last].join("\n");
      let peakMb = 0;

      const { code, stdout } = await scene.cli(
        ["queue", verb, "-", "--json"],
        { NODE_OPTIONS: "--max-old-space-size=96" },
        {
          stdin,
          onSpawn: ({ pid }) => void watchPeak(pid, (mb) => (peakMb = Math.max(peakMb, mb))),
        },
      );

      const report = JSON.parse(stdout) as ByIdJson;
      expect(code).to.equal(1);
      expect(report.requeued ?? report.canceled).to.deep.equal([first, last]);
      expect(report.skipped).to.have.length(MANY);
      expect(report.skipped.at(-1)).to.deep.equal({ id: unknown.at(-1), reason: "not found" });
      expect(peakMb).to.be.greaterThan(0).and.below(250);
    });
  }

  it("may be 20000 for queue verify: each has its verdict, in order, and memory stays small", async () => {
    const [first, last] = [await givenJob(scene.db, FAILED), await givenJob(scene.db, FAILED)];
    const unknown = Array.from({ length: 20_000 }, (_, n) => madeInTurn(n));
    const stdin = [first.id, ...unknown, last.id].join("\n");
    const env = { NODE_OPTIONS: "--max-old-space-size=96" };

    const json = await scene.cli(["queue", "verify", "-", "--json"], env, { stdin });
    const table = await scene.cli(["queue", "verify", "-"], env, { stdin });
    const names = await scene.cli(["queue", "verify", "-", "-o", "name"], env, { stdin });

    expect([json.code, table.code, names.code]).to.deep.equal([1, 1, 1]);
    const report = JSON.parse(json.stdout) as VerifyJson;
    expect(report.jobs.map(({ id }) => id)).to.deep.equal([first.id, ...unknown, last.id]);
    expect(report.counts).to.include({ notFound: 20_000, absent: 2 });
    const lines = table.stdout.trimEnd().split("\n");
    expect(lines.filter((line) => line.startsWith("ID "))).to.have.length(1);
    expect(lines).to.have.length(20_003);
    expect(names.stdout).to.equal(`${first.id}\n${last.id}\n`);
  });

  it("are named by their line where they are none, before anything is changed", async () => {
    const job = await givenJob(scene.db, FAILED);
    const before = await everything(scene.db);
    const ids = Array.from({ length: 20_000 }, (_, n) => madeInTurn(n));
    const stdin = [job.id, "", ...ids, `"${job.id}"`, ...ids].join("\n");

    for (const verb of ["requeue", "cancel", "verify"]) {
      const { code, stdout, stderr } = await scene.cli(["queue", verb, "-"], {}, { stdin });

      expect({ verb, code, stdout }).to.deep.equal({ verb, code: 64, stdout: "" });
      expect(stderr).to.include(`Line 20003 of stdin is not a valid job ID: ""${job.id}""`);
    }
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("are quoted in part where they are long, and a line without end is refused", async () => {
    const quoted = await scene.cli(["queue", "requeue", "-"], {}, { stdin: "x".repeat(5000) });
    const endless = await scene.cli(["queue", "requeue", "-"], {}, { stdin: "x".repeat(200_000) });

    expect([quoted.code, endless.code]).to.deep.equal([64, 64]);
    expect(quoted.stderr).to.include(`"${"x".repeat(60)}…"`);
    expect(endless.stderr).to.include("Line 1 of stdin is longer than 64 KiB.");
  });

  it("are read whole wherever a chunk of the pipe ends, also behind a byte order mark", async () => {
    const job = await givenJob(scene.db, FAILED);
    const stdin = `\ufeff${job.id}\r\n${"\n".repeat(70_000)}${madeInTurn(1)}`;

    const { code, stdout } = await scene.cli(["queue", "requeue", "-", "--json"], {}, { stdin });

    expect(code).to.equal(1);
    const { requeued, skipped } = JSON.parse(stdout) as ByIdJson;
    expect(requeued).to.deep.equal([job.id]);
    expect(skipped.map(({ id }) => id)).to.deep.equal([madeInTurn(1)]);
  });
});

function madeInTurn(n: number): string {
  return `01920000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
}

/** Reads the process's peak of resident memory until it has ended. */
async function watchPeak(pid: number | undefined, onPeak: (mb: number) => void): Promise<void> {
  for await (const _ of setInterval(10)) {
    const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
    const [, kb] = /^VmHWM:\s+(\d+) kB$/m.exec(status) ?? [];
    if (kb === undefined) return;
    onPeak(Number(kb) / 1024);
  }
}
