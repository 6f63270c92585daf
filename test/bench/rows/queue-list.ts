// What each filter of `queue list` costs in Postgres, on the first page and on the thousandth.
import type pg from "pg";
import { readFilter, type FilterFlags } from "../../../src/queue/selection/filter.command.ts";
import { JOB_STATUSES } from "../../../src/domain/job.ts";
import type { Queryable } from "../../../src/postgres/database.ts";
import type { PagePosition } from "../../../src/queue-table/page.sql.ts";
import type { JobFilter } from "../../../src/queue/selection/filter.sql.ts";
import { listJobs } from "../../../src/queue/list/list.sql.ts";
import { measureStatements } from "../measure/statement.ts";
import type { BenchDatabase } from "../stage/database.ts";

export interface ListCost {
  readonly name: string;
  /** In milliseconds, one of each round. */
  readonly first: readonly number[];
  /** None for `--search`, which no index serves. */
  readonly thousandth: readonly number[];
}

const PAGE = 50;
const PAGES_BEFORE = 999;

export const SEARCH = "--search";

export async function measureList(db: BenchDatabase, rounds: number): Promise<ListCost[]> {
  const client = await db.connect();
  try {
    await client.query("set time zone 'UTC'");
    const costs: ListCost[] = [];
    for (const [name, flags] of Object.entries(await filtersFor(db))) {
      const pages = pagesOf(client, readFilter(flags), rounds);
      const first = await pages.first();
      costs.push({ name, first, thousandth: name === SEARCH ? [] : await pages.thousandth() });
    }
    return costs;
  } finally {
    await client.end();
  }
}

/** Of family and person number 100, whom growQueue makes at every size. */
async function filtersFor(db: BenchDatabase): Promise<Readonly<Record<string, FilterFlags>>> {
  const [someone] = await db.query<{ family: string; createdBy: string }>(
    `select md5('family100')::uuid as family, md5('owner100')::uuid as "createdBy"`,
  );
  return {
    "no filter": {},
    ...Object.fromEntries(
      JOB_STATUSES.map((status) => [`--status ${status}`, { status: [status] }]),
    ),
    "--error unavailable": { error: ["unavailable"] },
    "--family": { family: someone?.family ?? "" },
    "--username": { username: "kid_400" },
    "--created-by": { createdBy: someone?.createdBy ?? "" },
    "--since 7d": { since: "7d" },
    "--until 7d": { until: "7d" },
    "--due": { due: true },
    "--stuck": { stuck: true },
    [SEARCH]: { search: "kid_400" },
  };
}

function pagesOf(client: pg.Client, filter: JobFilter, rounds: number) {
  const request = { filter, sort: NEWEST_FIRST, leaseMs: LEASE_MS };
  const page = (after: PagePosition | null) =>
    measureStatements(
      client,
      (asked) => listJobs(asked, { ...request, limit: PAGE, after }),
      rounds,
    );
  const plain: Queryable = {
    query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
      (await client.query<Row>(sql, [...values])).rows,
  };
  return {
    first: () => page(null),
    thousandth: async () => {
      // The pages before it, as one long one: its end is where the thousandth begins.
      const limit = PAGES_BEFORE * PAGE;
      const before = await listJobs(plain, { ...request, limit, after: null });
      // With fewer pages the end of the last one stands for it.
      return page(before.next ?? lastOf(before.jobs));
    },
  };
}

const NEWEST_FIRST = { field: "createdAt", descending: true } as const;
const LEASE_MS = 300_000;

function lastOf(jobs: readonly { id: string; createdAt: Date }[]): PagePosition | null {
  const last = jobs.at(-1);
  return last === undefined ? null : { value: last.createdAt.toISOString(), id: last.id };
}
