// graphile-worker as its manual makes it fastest: a local queue, completions in batches.
import { readFile } from "node:fs/promises";
import { Logger, makeWorkerUtils, run, runOnce } from "graphile-worker";
import {
  CONCURRENCY,
  CONNECTION,
  INSERT_USER,
  openPasswords,
  QUEUE,
  userValues,
} from "./accounts.mjs";
import { watchIdleness } from "./idleness.mjs";

const quiet = new Logger(() => () => undefined);
const common = { connectionString: CONNECTION, logger: quiet };

const modes = {
  async prepare() {
    const jobs = await readFile(process.env.BENCH_JOBS_FILE, "utf8");
    const utils = await makeWorkerUtils(common);
    await utils.migrate();
    await utils.withPgClient((client) =>
      client.query(
        `select graphile_worker.add_job($1, job) from json_array_elements($2::json) as job`,
        [QUEUE, jobs],
      ),
    );
    await utils.release();
  },

  async drain() {
    const { openZitadel } = await import("./create-user.mjs");
    const zitadel = openZitadel(process.env);
    const opened = await openPasswords();
    const createAccount = async (job, { query }) => {
      await zitadel.createUser(await opened(job));
      await query({ ...INSERT_USER, values: userValues(job) });
    };
    await runOnce({
      ...common,
      preset: {
        worker: {
          concurrentJobs: CONCURRENCY,
          maxPoolSize: CONCURRENCY + 2,
          localQueue: { size: 500 },
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
        },
      },
      taskList: { [QUEUE]: createAccount },
    });
    zitadel.close();
  },

  async idle() {
    const runner = await run({ ...common, taskList: { [QUEUE]: () => undefined } });
    await watchIdleness();
    await runner.stop();
  },
};

await modes[process.argv[2]]();
