// The pipe to Seq of docs/monitoring.md, fed with a real run. Needs Debian's jq.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";
import { givenJob } from "../support/given.ts";
import { runProgram, setScene } from "../support/scene.ts";

describe("the pipe to Seq in docs/monitoring.md", () => {
  const scene = setScene();

  it("renames what the log says, and loses no line that is for people", async () => {
    const documents = readFileSync(`${CHECKOUT}docs/monitoring.md`, "utf8");
    const [, program = ""] = /jq --unbuffered -cR '([^']+)'/.exec(documents) ?? [];
    const { id } = await givenJob(scene.db, { encryptedPassword: "garbage" });
    const { stderr, report } = await scene.retry();
    const input = `${stderr}family-hub-jobs: told to people\n`;

    const script = `printf %s "$INPUT" | jq --unbuffered -cR "$PROGRAM"`;
    const { stdout, stderr: complaint } = await runProgram("sh", ["-c", script], {
      ...{ INPUT: input, PROGRAM: program },
    });

    expect(complaint).to.equal("");
    const [failed, people, ...others] = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(others).to.deep.equal([]);
    expect(failed).to.include({
      ...{ "@mt": "job failed", "@l": "Warning", jobId: id, runId: report.runId },
      outcome: "failed",
    });
    expect(Date.parse(String(failed?.["@t"]))).to.be.closeTo(Date.parse(report.finishedAt), 10_000);
    expect(failed).to.have.property("durationMs").that.is.a("number");
    expect(failed).not.to.have.any.keys("time", "event", "level");
    expect(people).to.include({ "@mt": "family-hub-jobs: told to people", "@l": "Error" });
  });
});
