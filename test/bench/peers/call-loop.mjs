// The floor of every drain: a loop that only makes the calls, passwords in plain, from a list in memory.
import { readFile } from "node:fs/promises";
import { openZitadel } from "./create-user.mjs";

const jobs = JSON.parse(await readFile(process.env.BENCH_JOBS_FILE, "utf8"));
const zitadel = openZitadel(process.env);
const next = jobs[Symbol.iterator]();
await Promise.all(
  Array.from({ length: Number(process.env.BENCH_CONCURRENCY) }, async () => {
    for (const job of next) await zitadel.createUser(job);
  }),
);
zitadel.close();
