// A result waits for one batch of the settler's, and no longer.
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "chai";
import type { Database, Queryable } from "../../src/postgres/database.ts";
import { createSettler } from "../../src/retry/settler.ts";
import { NO_TRACES } from "../../src/tracing.ts";
import { claimedJob } from "../support/claimed.ts";

const BATCHES = 20;

function completed() {
  const job = claimedJob();
  const account = { zitadelUserId: job.id, note: null };
  const outcome = { kind: "completed", adopted: false, ...account } as const;
  return { job, outcome, durationMs: 1, traceparent: null };
}

/** Stores everything that it is sent. @param onBatch called with the number of each batch */
function storing(onBatch: (batch: number) => void): Database {
  let batches = 0;
  const tx = {
    query: async (_sql: string, values: readonly unknown[] = []) => {
      const jobs = JSON.parse(String(values[0])) as { id: string }[];
      await turn();
      onBatch((batches += 1));
      return jobs.map(({ id }) => ({ id, settled: true, drift: null, overruledOn: null }));
    },
  } as unknown as Queryable;
  return { transaction: (work: (it: Queryable) => unknown) => work(tx) } as unknown as Database;
}

describe("a result for which there is no room", () => {
  it("waits for the batch that makes room, while others use the rest of it all the time", async () => {
    let [released, batchAtRelease] = [false, 0];
    const nothing = () => undefined;
    const settler = createSettler({
      db: storing((batch) => {
        if (released) batchAtRelease ||= batch;
        const others = batch < BATCHES ? 99 : 0;
        for (let n = 0; n < others; n += 1) void settler.add(completed());
      }),
      ...{ runId: "", emailDomain: "example.com", tracer: NO_TRACES },
      schedule: { delaysMs: [], jitter: 0 },
      ...{ onSettled: nothing, onLost: nothing, onGone: nothing, onLocked: nothing },
      rowLockTimeoutMs: () => 0,
    });

    for (let n = 0; n < 199; n += 1) void settler.add(completed());
    const waits = settler.add(completed()).then(() => (released = true));
    await settler.flush();
    await waits;

    expect(batchAtRelease).to.be.within(1, 3);
    expect(settler.counts().created).to.equal(200 + 99 * (BATCHES - 1));
  });
});
