// Checks for dead rows, and for transactions that block Postgres's cleanup.
import { span } from "../domain/when.ts";
import { listDeadRows, listOldTransactions } from "./upkeep.sql.ts";
import { CONNECTION, ok, warn, type Check } from "./check.ts";

export const OLD_TRANSACTIONS: Check = {
  name: "old transactions",
  group: "Upkeep",
  needs: [CONNECTION],
  look: async (context) => {
    const limit = context.limits.oldTransaction;
    const { old, hidden } = await listOldTransactions(await context.postgres(), limit);
    if (old.length > 0) {
      return old.map(({ pid, who, state, ageMs, end }) =>
        warn(
          `${who}${pid === null ? "" : `, pid ${pid}`}: ${state} for ${span(ageMs)}; ` +
            "it blocks the cleanup of rows deleted since then",
          `in psql: ${end}`,
        ),
      );
    }
    if (hidden === 0) return ok(`none older than ${span(limit)}`);
    return ok(
      `none older than ${span(limit)} found; sessions of other roles that hide their age: ${hidden}`,
    );
  },
};

/** Dead rows matter if there are many, and many compared with the live ones. */
const DEAD_SHARE = 0.2;

export const DEAD_ROWS: Check = {
  name: "dead rows",
  group: "Upkeep",
  needs: [CONNECTION],
  look: async (context) => {
    const tables = await listDeadRows(await context.postgres());
    const bloated = tables.filter(
      ({ live, dead }) => dead > context.limits.deadRows && dead > DEAD_SHARE * live,
    );
    if (bloated.length === 0) return ok("few");
    return bloated.map(({ table, live, dead, lastVacuumAt }) => {
      const vacuumed = lastVacuumAt === null ? "never" : lastVacuumAt.toISOString();
      return warn(
        `${table} has ${dead} dead and ${live} live rows, last vacuumed: ${vacuumed}`,
        `in psql: vacuum (analyze) ${table}; first end the old transactions that doctor reports: they block it`,
      );
    });
  },
};
