// The table of docs/performance.md, as the benchmark prints it.
import { expect } from "chai";
import { reportOf } from "./report/json.ts";
import { markdown } from "./report/markdown.ts";
import { atLeast, atMost, type Verdict } from "./row.ts";

const CIRCUMSTANCES = {
  ...{ scale: "full", sizes: {}, node: "v22.1.0", postgres: "18.4 (Debian)", postgresSettings: [] },
  ...{ startedAt: "2026-11-27T22:00:00.000Z", seconds: 3000, load: [0.1, 1.5] as const },
};

const FIRST = { ours: "3 jobs/s (2-4)", theirs: "limit 1", samples: {} };
const VERDICTS: readonly Verdict[] = [
  { ...FIRST, what: "a drain", rounds: [1.3, 1.1], goal: atLeast(1.2), limit: "It is slow." },
  { ...FIRST, what: "hashes", rounds: [0.5], goal: null },
  { ...FIRST, what: "memory", rounds: [0.9], goal: atMost(1) },
];

describe("the benchmark's Markdown", () => {
  const lines = markdown(reportOf(CIRCUMSTANCES, { verdicts: VERDICTS })).split("\n");

  it("says when and where it was measured", () => {
    expect(lines[0]).to.match(/^Measured on 2026-11-27 in 50 minutes, full sizes: \d+ cores of /);
    expect(lines[0]).to.match(
      /, Postgres 18\.4, Node 22\.1\.0; load 0\.10 at the start, 1\.50 at the end\.$/,
    );
  });

  it("has a row for each verdict, with the least and the most of the rounds", () => {
    const rows = lines.slice(2, 7).map((line) => line.split("|").map((cell) => cell.trim()));

    expect(new Set(lines.slice(2, 7).map(({ length }) => length)).size).to.equal(1);
    expect(rows.map((row) => row.slice(1, -1))).to.deep.equal([
      ["what", "this tool", "compared with", "ratio", "goal", "met"],
      [7, 14, 13, 13, 5, 24].map((width) => "-".repeat(width)),
      [
        "a drain",
        "3 jobs/s (2-4)",
        "limit 1",
        "1.2 (1.1-1.3)",
        "≥ 1.2",
        "no, 1 of 2 rounds missed",
      ],
      ["hashes", "3 jobs/s (2-4)", "limit 1", "0.5", "none", ""],
      ["memory", "3 jobs/s (2-4)", "limit 1", "0.9", "≤ 1", "yes"],
    ]);
  });

  it("names each goal that was missed, with its reason", () => {
    expect(lines.slice(7)).to.deep.equal([
      ...["", "These goals were missed:", "", "- **a drain**: It is slow.", ""],
    ]);
  });
});
