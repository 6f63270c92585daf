// The floor of every drain: a loop that only makes the calls, passwords in plain, from a list in memory;
// with `open` it opens each password before, as everybody must.
import { readFile } from "node:fs/promises";
import { openPasswords } from "./accounts.mjs";
import { openZitadel } from "./create-user.mjs";

const jobs = JSON.parse(await readFile(process.env.BENCH_JOBS_FILE, "utf8"));
const zitadel = openZitadel(process.env);
const opened = process.argv[2] === "open" ? await openPasswords() : (job) => job;
const next = jobs[Symbol.iterator]();
await Promise.all(
  Array.from({ length: Number(process.env.BENCH_CONCURRENCY) }, async () => {
    for (const job of next) await zitadel.createUser(await opened(job));
  }),
);
zitadel.close();
