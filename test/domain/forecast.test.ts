// The forecast: pace, the end of the backlog, and which jobs are on their last retry.
import { expect } from "chai";
import { forecast, spentIfDueWithinMs } from "../../src/domain/forecast.ts";

const NOW = new Date("2026-01-31T08:00:00Z");
const MINUTE_MS = 60_000;

describe("the forecast", () => {
  const backlog = { due: 60, spentWithinHour: 3 };

  it("has the backlog worked at the pace of the runs together", () => {
    const runs = [
      { jobs: 10, durationMs: 10_000 },
      { jobs: 5, durationMs: 5000 },
    ];

    const { jobsPerSecond, drainedAt, spentWithinHour } = forecast(NOW, backlog, runs, []);

    expect(jobsPerSecond).to.equal(1);
    expect(drainedAt?.toISOString()).to.equal("2026-01-31T08:01:00.000Z");
    expect(spentWithinHour).to.equal(3);
  });

  it("does not know the end without a run that had work, or while nothing is due", () => {
    const run = { jobs: 1, durationMs: 1000 };

    expect(forecast(NOW, backlog, [], [])).to.include({ jobsPerSecond: null, drainedAt: null });
    expect(forecast(NOW, { ...backlog, due: 0 }, [run], []).drainedAt).to.equal(null);
    expect(forecast(NOW, backlog, [{ jobs: 3, durationMs: 0 }], []).drainedAt).to.equal(null);
  });

  it("does not know the end while something is in the way, though it knows the pace", () => {
    const obstacles = ["zitadel_unwell", "no_run_begins"] as const;

    const halted = forecast(NOW, backlog, [{ jobs: 2, durationMs: 1000 }], obstacles);

    expect(halted).to.deep.include({
      ...{ jobsPerSecond: 2, drainedAt: null, unknownBecause: "zitadel_unwell", obstacles },
    });
  });
});

describe("a job fails within the hour", () => {
  it("by the default delays only when its last retry lies within it", () => {
    const delaysMs = [1, 5, 15, 60, 240].map((minutes) => minutes * MINUTE_MS);

    expect(spentIfDueWithinMs({ delaysMs, jitter: 0 })).to.deep.equal([
      ...[null, null, null, null, null, 60 * MINUTE_MS],
    ]);
  });

  it("by shorter delays, when all the retries that are left lie within it", () => {
    const delaysMs = [30, 20, 10].map((minutes) => minutes * MINUTE_MS);

    // A count beyond the delays comes from a time when there were more of them.
    expect(spentIfDueWithinMs({ delaysMs, jitter: 0 })).to.deep.equal(
      [0, 30, 50, 60, 60, 60].map((minutes) => minutes * MINUTE_MS),
    );
  });
});
