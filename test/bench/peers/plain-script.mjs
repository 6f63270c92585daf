// The floor of a tick: a plain script over pg that takes the lock and asks the same question.
import { readFile } from "node:fs/promises";
import pg from "pg";

const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query("set time zone 'UTC'; begin");
await client.query("select pg_try_advisory_xact_lock(1179142722, 1)");
const survey = JSON.parse(await readFile(process.env.BENCH_SURVEY_FILE, "utf8"));
const { rows } = await client.query(survey.text, survey.values);
if (rows[0].due !== 0) throw new Error("there is something to do");
await client.query("rollback");
await client.end();
