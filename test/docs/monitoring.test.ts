// docs/monitoring.md names every metric and every outcome that there is, and none that there is not.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { RUN_OUTCOMES } from "../../src/domain/run-outcomes.ts";
import { formatMetrics } from "../../src/report/metrics.ts";
import { CHECKOUT } from "../support/documents.ts";

const DOC = readFileSync(`${CHECKOUT}docs/monitoring.md`, "utf8");

describe("docs/monitoring.md", () => {
  it("has a line for each metric, and none for another", async () => {
    const text = await formatMetrics({
      ...{ command: "retry-accounts", shard: null, version: "1", lastSuccess: 1 },
      ...{ finishedAt: new Date(), durationMs: 1, outcomes: { created: 1 } },
      queue: {
        counts: { pending: 0, processing: 0, completed: 0, failed: 0 },
        ...{ oldestDueAgeMs: 0, breakerOpen: false },
      },
    });
    const names = [...text.matchAll(/^# TYPE family_hub_jobs_(\w+) gauge$/gm)];
    const [, table = ""] = DOC.split("## Metrics\n");
    const [, ...lines] = (table.split("\nOutcomes of")[0] ?? "").split("\n| `");

    expect(lines.map((line) => line.split("`")[0])).to.have.members(names.map(([, name]) => name));
  });

  it("names every outcome of each command", () => {
    for (const [command, outcomes] of Object.entries(RUN_OUTCOMES)) {
      const said = outcomes.map((outcome) => `\`${outcome}\``).join(", ");

      expect(DOC.replaceAll(/\s+/g, " "), command).to.include(`\`${command}\`: ${said}`);
    }
  });

  it("alerts on metrics that there are", () => {
    const alerted = DOC.matchAll(/\b(family_hub_jobs_\w+)[{)[ ]/g);
    const prefixed = [...alerted].map(([, name = ""]) => name.replace("family_hub_jobs_", ""));

    expect(prefixed).to.have.length.above(5);
    for (const name of prefixed) expect(DOC).to.match(new RegExp(`^\\| \`${name}\``, "m"));
  });
});
