// The statements that a run lives by, on 100,000 jobs: each goes through its index, and
// docs/performance.md shows how. With REWRITE_DOCS=1 the page is given the plans as they are by now.
import { randomUUID } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { WHOLE_QUEUE } from "../../src/postgres/lock-keys.ts";
import type { Queryable } from "../../src/postgres/database.ts";
import { claimDueJobs } from "../../src/retry/claim.sql.ts";
import { surveyQueue } from "../../src/retry/survey.sql.ts";
import { settleJobs } from "../../src/retry/settle.sql.ts";
import { listJobs } from "../../src/queue/list/list.sql.ts";
import { countQueue } from "../../src/queue-table/counts.sql.ts";
import { growQueue } from "../bench/stage/large-table.ts";
import { EVERY_JOB } from "../support/every-job.ts";
import { claimedJob, withoutTransaction } from "../support/claimed.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { CHECKOUT } from "../support/documents.ts";
import { fillInBulk } from "../support/fill-in-bulk.ts";
import { givenFamily } from "../support/given.ts";
import { planOf, planText } from "../support/plans.ts";

const PAGE = join(CHECKOUT, "docs", "performance.md");
const LEASE_MS = 300_000;
const USERS = `
  insert into auth.users (id, email, external_user_id, external_provider, family_id, username)
  select gen_random_uuid(), n || '@example.com', 'id-' || n, 'zitadel', $1::uuid, 'somebody_' || n
  from generate_series(1, 20000) n`;

interface Hot {
  readonly ask: (db: Queryable) => Promise<unknown>;
  /** Without their common beginning. */
  readonly indexes: readonly string[];
}

const HOT: Readonly<Record<string, Hot>> = {
  "A run that finds nothing due": {
    ask: (db) => surveyQueue(db, LEASE_MS, WHOLE_QUEUE),
    indexes: ["due", "impossible", "processing"],
  },
  "Claiming twenty jobs": {
    ask: (db) =>
      claimDueJobs(
        withoutTransaction(db),
        { runId: randomUUID(), leaseMs: LEASE_MS, emailDomain: "example.com" },
        { limit: 20, after: null, shard: WHOLE_QUEUE, dueBefore: new Date().toISOString() },
      ),
    indexes: [
      ...["due", "pk_queued_managed_account_creations"],
      ...["pk_families", "ix_users_username", "ix_users_email"],
    ],
  },
  "Settling twenty jobs": {
    ask: (db) => {
      const settlements = Array.from({ length: 20 }, completed);
      return settleJobs(withoutTransaction(db), randomUUID(), "example.com", settlements);
    },
    indexes: [
      ...["pk_queued_managed_account_creations", "ix_users_external_provider_user_id"],
      // Read only where a user row was not inserted: which name or address was in the way.
      ...["ix_users_username", "ix_users_email"],
      // How many characters of a message fit.
      "pg_attribute_relid_attnam_index",
    ],
  },
  "A page of `queue list`": {
    ask: (db) => list(db, "2026-01-31T00:00:00Z", []),
    indexes: ["created"],
  },
  "A page of `queue list --status failed`": {
    ask: (db) => list(db, null, ["failed"]),
    indexes: ["open_status"],
  },
  "`queue stats`": {
    ask: (db) => countQueue(db, { leaseMs: LEASE_MS, spentIfDueWithinMs: [null], cap: 10_000 }),
    indexes: ["due", "processing", "impossible", "failed", "completed", "completed_elsewhere"],
  },
};

function completed() {
  const job = claimedJob();
  const outcome = {
    kind: "completed",
    zitadelUserId: job.id,
    adopted: false,
    note: null,
  } as const;
  return { job, outcome, durationMs: 1, traceparent: null };
}

function list(db: Queryable, before: string | null, statuses: readonly "failed"[]) {
  const after = before === null ? null : { value: before, id: randomUUID() };
  const sort = { field: "createdAt", descending: true } as const;
  return listJobs(db, {
    filter: { ...EVERY_JOB, statuses },
    sort,
    limit: 50,
    after,
    leaseMs: LEASE_MS,
  });
}

const full = (name: string) =>
  /^(ix|pk|pg)_/.test(name) ? name : `ix_queued_managed_account_creations_${name}`;

/** The block under a heading of that name. */
const block = (title: string) =>
  new RegExp(`(### ${title.replaceAll(/[^\w ]/g, "\\$&")}\n+\`\`\`text\n)([^\`]*)(\`\`\`)`);

describe("on 100,000 jobs", () => {
  let db: TestDatabase;
  let page = "";
  before(async () => {
    db = await cloneDatabase();
    const family = await givenFamily(db);
    await fillInBulk(db, ["auth.users"], async () => {
      await db.query(USERS, [family]);
    });
    await growQueue(db, 0, 100_000);
    page = await readFile(PAGE, "utf8");
  });
  after(() => db.drop());

  for (const [title, { ask, indexes }] of Object.entries(HOT)) {
    it(`${title} goes through indexes alone, as docs/performance.md shows`, async () => {
      const plan = await planOf(db, ask);
      if (process.env["REWRITE_DOCS"] === "1") {
        const text = await planText(db, ask);
        page = page.replace(
          block(title),
          (_all, head: string, _old, end: string) => `${head}${text}\n${end}`,
        );
        await writeFile(PAGE, page);
      }
      const shown = block(title).exec(page)?.[2] ?? "";

      // A pause is one row at most.
      expect(plan.readWhole.filter((table) => table !== "pause")).to.deep.equal([]);
      expect(new Set(plan.indexes)).to.deep.equal(new Set(indexes.map(full)));
      for (const index of indexes) expect(shown).to.match(new RegExp(`\\b${full(index)}\\b`));
    });
  }
});
