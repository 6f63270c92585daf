// The text of the metrics, and what is read from one that an earlier run left.
import { expect } from "chai";
import {
  formatMetrics,
  readLastSuccess,
  type RunMetrics,
} from "../../src/monitoring/metrics.text.ts";
import { readSamples } from "../support/prometheus-text.ts";

const RUN: RunMetrics = {
  ...{ command: "purge-jobs", shard: null, queue: null, version: null },
  finishedAt: new Date("2026-01-31T08:00:00.123Z"),
  durationMs: 1234.5678,
  lastSuccess: 1769846400.123,
  linesLost: 0,
  outcomes: { deleted: 3, erased: 0 },
};

const QUEUE = {
  counts: { pending: 1, processing: 2, completed: 10_000, failed: 3 },
  oldestDueAgeMs: 61_001,
  breakerOpen: true,
  paused: false,
};

describe("the metrics of a run", () => {
  it("are text that a scrape reads, each explained, in base units", async () => {
    const text = await formatMetrics(RUN);

    expect([...readSamples(text)]).to.deep.equal([
      ['family_hub_jobs_last_run_timestamp_seconds{command="purge-jobs"}', 1769846400.123],
      ['family_hub_jobs_last_success_timestamp_seconds{command="purge-jobs"}', 1769846400.123],
      ['family_hub_jobs_last_run_duration_seconds{command="purge-jobs"}', 1.235],
      ['family_hub_jobs_last_run_jobs{command="purge-jobs",outcome="deleted"}', 3],
      ['family_hub_jobs_last_run_jobs{command="purge-jobs",outcome="erased"}', 0],
      ['family_hub_jobs_last_run_lines_lost{command="purge-jobs"}', 0],
    ]);
  });

  it("report the queue and the version where the command does", async () => {
    const text = await formatMetrics({ ...RUN, queue: QUEUE, version: '1.0"\\\n' });

    const samples = [...readSamples(text)].slice(6);
    expect(samples).to.deep.equal([
      ['family_hub_jobs_queue_jobs{status="pending"}', 1],
      ['family_hub_jobs_queue_jobs{status="processing"}', 2],
      ['family_hub_jobs_queue_jobs{status="completed"}', 10_000],
      ['family_hub_jobs_queue_jobs{status="failed"}', 3],
      ["family_hub_jobs_oldest_due_age_seconds", 61.001],
      ["family_hub_jobs_breaker_open", 1],
      ["family_hub_jobs_queue_paused", 0],
      ['family_hub_jobs_build_info{version="1.0\\"\\\\\\n"}', 1],
    ]);
    expect(text).to.include("at most 10000 completed ones are counted");
  });

  it("have the part of the queue in every sample, and explain a name in the same words", async () => {
    const whole = await formatMetrics({ ...RUN, queue: QUEUE, version: "1" });
    const part = await formatMetrics({ ...RUN, queue: QUEUE, version: "1", shard: "2/8" });
    const other = await formatMetrics({ ...RUN, command: "keys rotate" });

    for (const key of readSamples(part).keys()) expect(key).to.include('shard="2/8"');
    expect(() => readSamples(whole, part, other)).not.to.throw();
    expect(() => readSamples(whole, whole)).to.throw("there twice");
    expect(helpOf(part)).to.deep.equal(helpOf(whole));
    expect(helpOf(whole)).to.include.members(helpOf(other));
  });

  it("do not speak of a last success that is not theirs to know", async () => {
    expect(await formatMetrics({ ...RUN, lastSuccess: null })).not.to.include("last_success");
  });
});

describe("the last success in a text", () => {
  const NAME = "family_hub_jobs_last_success_timestamp_seconds";

  it("is the one that was written, of the whole queue or of a part", async () => {
    for (const shard of [null, "2/8"]) {
      expect(readLastSuccess(await formatMetrics({ ...RUN, shard }), RUN.finishedAt)).to.equal(
        1769846400.123,
      );
    }
  });

  it("is unknown where the text has none, or cannot be parsed", () => {
    const texts = ["", `# ${NAME} 5\n`, `${NAME}_x 5\n`, `${NAME} NaN\n`, `${NAME} -5\n`];
    for (const text of [
      ...texts,
      `${NAME} 0x10\n`,
      `${NAME} 5 6\n`,
      `${NAME} 1e999\n`,
      `${NAME} 9e+99\n`,
    ]) {
      expect(readLastSuccess(text, RUN.finishedAt), text).to.equal(null);
    }
  });
});

function helpOf(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("# HELP"));
}
