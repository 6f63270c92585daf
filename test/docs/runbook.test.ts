// The SQL of the runbook that no other test executes.
import { expect } from "chai";
import { readBlocks } from "../support/documents.ts";
import { givenJob } from "../support/given.ts";
import { setScene } from "../support/scene.ts";

interface LastRequeue {
  readonly id: string;
  readonly actor: string;
  readonly reason: string;
  readonly jobs: string;
  readonly one_job: string;
}

const SECTION = "Someone requeued too much";

describe(`docs/runbook.md, ${SECTION}`, () => {
  const scene = setScene();

  it("lists the last requeues, newest first, by the ID that undo takes", async () => {
    const sql = readBlocks("docs/runbook.md")
      .find((block) => block.language === "sql" && block.heading === SECTION)
      ?.lines.join("\n");
    const ids: string[] = [];
    for (const jobs of [1, 2]) {
      for (let n = 0; n < jobs; n += 1) await givenJob(scene.db, { status: "failed" });
      const requeue = ["queue", "requeue", "--status", "failed", "--yes"];
      const by = ["--actor", `kim-${jobs}`, "--reason", "INC-4711"];
      ids.unshift((await scene.json<{ actionId: string }>([...requeue, ...by])).actionId);
    }

    const found = await scene.db.query<LastRequeue>(sql ?? "");

    expect(found.map(({ id }) => id)).to.deep.equal(ids);
    expect(found.map(({ actor, jobs }) => [actor, Number(jobs)])).to.deep.equal([
      ["kim-2", 2],
      ["kim-1", 1],
    ]);
    const undo = await scene.cli(["queue", "undo", found[0]?.id ?? "", "--dry-run"]);
    expect(undo.stdout).to.include(`job/${found[0]?.one_job} would be undone`);
  });
});
