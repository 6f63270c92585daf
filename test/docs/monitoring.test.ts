// docs/monitoring.md names every metric, outcome, alert and field of the log as they are, and no others.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { RUN_OUTCOMES } from "../../src/domain/run-outcomes.ts";
import { formatMetrics } from "../../src/monitoring/metrics.text.ts";
import { CHECKOUT } from "../support/documents.ts";
import { alertRules } from "../support/monitoring-files.ts";
import { SCHEMAS } from "../support/schemas.ts";

const DOC = readFileSync(`${CHECKOUT}docs/monitoring.md`, "utf8");

describe("docs/monitoring.md", () => {
  it("has a line for each metric, and none for another", async () => {
    const text = await formatMetrics({
      ...{ command: "retry-accounts", shard: null, version: "1", lastSuccess: 1, linesLost: 0 },
      ...{ finishedAt: new Date(), durationMs: 1, outcomes: { created: 1 } },
      queue: {
        counts: { pending: 0, processing: 0, completed: 0, failed: 0 },
        ...{ oldestDueAgeMs: 0, breakerOpen: false, paused: false },
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

  it("has a line for each alert, of its severity", () => {
    const lines = DOC.matchAll(/^\| `([A-Z]\w+)` +\| (\w+) +\| /gm);
    const said = [...lines].map(([, name, severity]) => [`FamilyHubJobs${name}`, severity]);

    expect(said).to.have.deep.members(
      alertRules().alerts.map(({ alert, labels }) => [alert, labels["severity"]]),
    );
  });

  it("names fields of the log that there are, and outcomes of jobs in full", () => {
    const [, logs = ""] = DOC.split("\n## Logs\n");
    const fields = [...logs.matchAll(/^\| `(\w+)` +\| (.*?) +\|/gm)];
    const described = SCHEMAS.get("log-line")?.["properties"] as Record<string, object>;

    expect(fields).to.have.length(7);
    expect(Object.keys(described)).to.include.members(fields.map(([, name]) => name));
    const outcome = fields.find(([, name]) => name === "outcome")?.[2] ?? "";
    const settled = RUN_OUTCOMES["retry-accounts"].filter(
      (name) => name !== "rescued" && name !== "refused",
    );
    expect(outcome).to.equal(settled.map((name) => `\`${name}\``).join(", "));
  });
});
