// Checks of the tool's locks: do they work through a pooler, and who holds them.
import { DatabaseUnavailable } from "../errors.ts";
import { span } from "../domain/when.ts";
import { LOCK_CLASS } from "../postgres/lock-keys.ts";
import type { Queryable } from "../postgres/database.ts";
import { readClock, readServerFacts } from "./server.sql.ts";
import { readLedgerLines, type LedgerLine } from "../runs/working-runs.sql.ts";
import { listHeldLocks, type HeldByProcess } from "./locks.sql.ts";
import { CONNECTION, fail, ok, warn, type Check, type Finding } from "./check.ts";

export const LOCK: Check = {
  name: "lock",
  group: "Postgres",
  needs: [CONNECTION, "migrations"],
  look: async (context) => {
    const db = await context.postgres();
    const { pid } = await readServerFacts(db);
    const trial = await context.tryLock();
    if (trial.refused !== null) {
      return warn(
        `not tried: ${trial.refused}`,
        "wait for the migration to end; until then no command runs",
      );
    }
    // Another client has our server connection of a moment ago, so connections are shared.
    const shared = trial.pid === pid;
    const pooler = shared ? "a pooler in transaction mode" : "a pooler";
    const way = db.peerPid === pid && !shared ? "no pooler" : pooler;
    if (trial.holds) return ok(`acquired and released, ${way}`);
    return fail(
      `it was acquired, then lost while its transaction was open (${way})`,
      "set pool_mode = transaction (or session) for this database in PgBouncer, then RELOAD",
    );
  },
};

export const LOCKS_HELD: Check = {
  name: "locks held",
  group: "Runs",
  needs: [CONNECTION],
  look: async (context) => {
    const db = await context.postgres();
    const held = await listHeldLocks(db);
    if (held.length === 0) return ok("none");
    const runs = await ledgerLines(
      db,
      held.flatMap(({ runId }) => runId ?? []),
    );
    const now = await readClock(db);
    return held.map((holder) => {
      const run = runs.find(({ runId }) => runId === holder.runId) ?? null;
      return judge(holder, run, now, context.limits.oldLock);
    });
  },
};

/** The ledger may be missing or unreadable; the lock is held all the same. */
async function ledgerLines(db: Queryable, runIds: readonly string[]): Promise<LedgerLine[]> {
  try {
    return await readLedgerLines(db, runIds);
  } catch (error) {
    if (error instanceof DatabaseUnavailable) throw error;
    return [];
  }
}

function judge(holder: HeldByProcess, run: LedgerLine | null, now: Date, oldMs: number): Finding {
  const { locks, who, backendPid, ageMs, foreign } = holder;
  const backend = backendPid === null ? [] : [`Postgres backend ${backendPid}`];
  const at = run === null ? backend : [`host ${run.host}`, `pid ${run.pid}`, ...backend];
  const name = run === null ? who : `run ${run.runId}`;
  const since =
    ageMs === null
      ? "for a time that its role hides"
      : foreign
        ? `outside a transaction, connected for ${span(ageMs)}`
        : `for ${span(ageMs)}`;
  const over = run?.leaseEndedAt ?? null;
  const lease =
    over === null ? "" : `; its lease ended ${span(now.getTime() - +over)} ago: it hangs`;
  const where = at.length === 0 ? "" : ` (${at.join(", ")})`;
  const found = `${locks.join(", ")} by ${name}${where} ${since}${lease}`;
  if (foreign) return warn(found, otherKeys(holder));
  const young = ageMs === null || ageMs <= oldMs;
  return young && over === null ? ok(found) : warn(found, howToEnd(backendPid, run, over !== null));
}

function otherKeys({ locks, backendPid }: HeldByProcess): string {
  return (
    `no run of this tool holds a lock this way, and it blocks ${locks.join(" and ")}: if another application ` +
    `uses advisory locks (${LOCK_CLASS}, n), give it another first key; in psql: select pg_terminate_backend(${backendPid})`
  );
}

/** @param hangs if false, it may still be working */
function howToEnd(backendPid: number | null, run: LedgerLine | null, hangs: boolean): string {
  if (backendPid === null) return "see `prepared transactions`: rollback prepared";
  const inPsql = `in psql: select pg_terminate_backend(${backendPid})`;
  const see = hangs
    ? ""
    : "check whether it is still working (`family-hub-jobs runs --outcome running -o wide`); if not, ";
  if (run === null) return `${see}end it where it runs, or ${inPsql}`;
  const { host, pid } = run;
  return (
    `${see}on ${host}: \`kill -TERM ${pid}\`, and after 40 s \`kill -KILL ${pid}\` ` +
    `(a pod: \`kubectl delete pod ${host}\`); if that host is gone, ${inPsql}`
  );
}
