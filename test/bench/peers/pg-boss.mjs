// pg-boss, with its jobs in batches: fetched and completed by hand, or by its own worker in bursts.
import { readFile } from "node:fs/promises";
import pg from "pg";
import { PgBoss } from "pg-boss";
import {
  allWithin,
  CONCURRENCY,
  CONNECTION,
  INSERT_USERS,
  openPasswords,
  QUEUE,
  userColumns,
} from "./accounts.mjs";
import { watchIdleness } from "./idleness.mjs";

/** Two at a time, so that calls go on while one batch is being written and fetched. */
const LOOPS = 2;
const BATCH = 100;

const boss = new PgBoss({
  connectionString: CONNECTION,
  // A drain needs neither upkeep nor schedules.
  ...(process.argv[2] === "idle" ? {} : { supervise: false, schedule: false }),
});
boss.on("error", (error) => {
  throw error;
});

async function openAccounts() {
  const { openZitadel } = await import("./create-user.mjs");
  const zitadel = openZitadel(process.env);
  const opened = await openPasswords();
  const pool = new pg.Pool({ connectionString: CONNECTION, max: LOOPS });
  return {
    async create(jobs) {
      const data = jobs.map((job) => job.data);
      const create = async (job) => zitadel.createUser(await opened(job));
      await allWithin(CONCURRENCY / LOOPS, data, create);
      await pool.query({ ...INSERT_USERS, values: userColumns(data) });
    },
    async close() {
      zitadel.close();
      await pool.end();
    },
  };
}

const modes = {
  async prepare() {
    const jobs = JSON.parse(await readFile(process.env.BENCH_JOBS_FILE, "utf8"));
    await boss.createQueue(QUEUE);
    for (let from = 0; from < jobs.length; from += 5000) {
      await boss.insert(
        QUEUE,
        jobs.slice(from, from + 5000).map((data) => ({ data })),
      );
    }
  },

  async fetch() {
    const accounts = await openAccounts();
    const loop = async () => {
      for (;;) {
        const jobs = await boss.fetch(QUEUE, { batchSize: BATCH });
        if (jobs.length === 0) return;
        await accounts.create(jobs);
        await boss.complete(
          QUEUE,
          jobs.map(({ id }) => id),
        );
      }
    };
    await Promise.all(Array.from({ length: LOOPS }, loop));
    await accounts.close();
  },

  async work() {
    const accounts = await openAccounts();
    let left = Number(process.env.BENCH_JOBS);
    await new Promise((resolve) => {
      const options = {
        batchSize: BATCH,
        localConcurrency: LOOPS,
        burstWhenBatchFull: true,
        pollingIntervalSeconds: 0.5,
      };
      void boss.work(QUEUE, options, async (jobs) => {
        await accounts.create(jobs);
        left -= jobs.length;
        if (left === 0) resolve();
      });
    });
    // Waits until the last batches are completed.
    await boss.stop({ graceful: true });
    await accounts.close();
  },

  async idle() {
    await boss.work(QUEUE, async () => undefined);
    await watchIdleness();
  },
};

await boss.start();
await modes[process.argv[2]]();
await boss.stop({ graceful: false });
