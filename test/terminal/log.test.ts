// The lines of the log: what they say of each job, to machines and to people.
import { expect } from "chai";
import { givenJob } from "../support/given.ts";
import { givenJobUnder } from "../support/given-keys.ts";
import { generateKey } from "../../src/passwords/generate.ts";
import { setScene } from "../support/scene.ts";

interface Line {
  readonly event: string;
  readonly runId: string;
  readonly jobId?: string;
  readonly outcome: string;
  readonly durationMs: number | null;
}

describe("the log", () => {
  const scene = setScene();
  const linesOf = (stderr: string) =>
    stderr
      .split("\n")
      .filter((text) => text.startsWith("{"))
      .map((text) => JSON.parse(text) as Line);

  /** A job for each outcome but "adopted", by id. */
  async function givenOneOfEach(): Promise<Record<string, string>> {
    const { id: retried } = await givenJob(scene.db, { nextRetryAt: "now() - interval '2 hours'" });
    const { id: failed } = await givenJob(scene.db, { encryptedPassword: "garbage" });
    const { id: created } = await givenJob(scene.db);
    const deferred = await givenJobUnder(scene.db, await generateKey("EC"));
    await scene.zitadel.control.setFaults([
      { method: "CreateUser", kind: "grpc", code: 13, times: 1 },
    ]);
    return {
      [retried]: "retried",
      [failed]: "failed",
      [created]: "created",
      [deferred.id]: "deferred",
    };
  }

  it("says run, job, outcome and duration of each job, in names that the report has, too", async () => {
    const expected = await givenOneOfEach();

    const { stderr, report } = await scene.retry(["-v", "--concurrency", "1"]);

    const lines = linesOf(stderr);
    expect(Object.fromEntries(lines.map(({ jobId, outcome }) => [jobId, outcome]))).to.deep.equal(
      expected,
    );
    expect(new Set(lines.map(({ runId }) => runId))).to.deep.equal(new Set([report.runId]));
    for (const { outcome, durationMs } of lines) {
      expect(report, outcome).to.include({ [outcome]: 1 });
      // Without its key a job is not attempted.
      if (outcome === "deferred") expect(durationMs).to.equal(null);
      else expect(durationMs, outcome).to.be.within(0, report.durationMs);
    }
  });

  it("says which run stops, and how", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.setFaults([{ method: "CreateUser", kind: "grpc", code: 7 }]);

    const { stderr, report } = await scene.retry();

    expect(linesOf(stderr)[0]).to.include({ runId: report.runId, outcome: "refused" });
    expect(report.outcome).to.equal("refused");
  });

  it("shows people no id of the run, which is the same in every line", async () => {
    await givenJob(scene.db, { encryptedPassword: "garbage" });

    const { stderr } = await scene.cli(["retry-accounts"], { LOG_FORMAT: "pretty" });

    expect(stderr).to.match(
      /^\d\d:\d\d:\d\d warn {2}job failed jobId=\S+ outcome=failed durationMs=\d+ /,
    );
    expect(stderr).not.to.include("runId");
  });
});
