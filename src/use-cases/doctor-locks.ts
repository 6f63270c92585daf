// Checks of the tool's own locks: do they hold through whatever pooler there is, and who holds them.
import { span } from "../domain/when.ts";
import { readServerFacts } from "../store/doctor-server.ts";
import { listHeldLocks, type HeldByProcess } from "../store/doctor-locks.ts";
import { CONNECTION, fail, ok, warn, type Check, type Finding } from "./doctor-check.ts";

export const LOCK: Check = {
  name: "lock",
  group: "Postgres",
  needs: [CONNECTION, "migrations"],
  look: async (patient) => {
    const db = await patient.postgres();
    const { pid } = await readServerFacts(db);
    const trial = await patient.tryLock();
    if (trial.refused !== null) {
      return warn(
        `not tried: ${trial.refused}`,
        "wait for the migration to end; every command yields to it",
      );
    }
    // The server connection that ours had a moment ago serves another client: nobody owns one.
    const shared = trial.pid === pid;
    const pooler = shared ? "a pooler in transaction mode" : "a pooler";
    const way = db.peerPid === pid && !shared ? "no pooler" : pooler;
    if (trial.holds) return ok(`taken and let go, ${way}`);
    return fail(
      `it was granted, and is gone while its transaction is open (${way})`,
      "set pool_mode = transaction (or session) for this database in PgBouncer, then RELOAD",
    );
  },
};

export const LOCKS_HELD: Check = {
  name: "locks held",
  group: "Runs",
  needs: [CONNECTION],
  look: async (patient) => {
    const held = await listHeldLocks(await patient.postgres());
    if (held.length === 0) return ok("none");
    return held.map((holder) => judge(holder, patient.limits.oldLock));
  },
};

function judge({ locks, who, pid, ageMs }: HeldByProcess, oldMs: number): Finding {
  const since = ageMs === null ? "since when its role hides" : `for ${span(ageMs)}`;
  const found = `${locks.join(", ")} by ${who}${pid === null ? "" : `, pid ${pid}`}, ${since}`;
  if (ageMs === null || ageMs <= oldMs) return ok(found);
  return warn(
    found,
    pid === null
      ? "see `prepared transactions`: rollback prepared"
      : "see whether it still works: `family-hub-jobs runs --outcome running -o wide` names its host; " +
          `if not, end it there, or in psql: select pg_terminate_backend(${pid})`,
  );
}
