// Reports an open breaker: since when, until when, and how it closes.
import { span } from "../domain/when.ts";
import { readBreaker } from "../queue-table/breaker.sql.ts";
import { ok, warn, type Check } from "./check.ts";
import { readClock } from "./server.sql.ts";

export const BREAKER: Check = {
  name: "breaker",
  group: "Runs",
  needs: ["tables"],
  look: async (context) => {
    const db = await context.postgres();
    const { openedAt, pausedUntil, reason } = await readBreaker(db);
    if (openedAt === null && pausedUntil === null) return ok("closed");
    const now = await readClock(db);
    const open = openedAt === null ? [] : [`open for ${span(now.getTime() - openedAt.getTime())}`];
    const paused = pausedUntil === null ? [] : [`paused until ${pausedUntil.toISOString()}`];
    const until = pausedUntil === null ? ["until a run finds Zitadel healthy"] : paused;
    return warn(
      `${[...open, ...until].join(", ")}${reason === null ? "" : `: ${reason}`}`,
      "apply the fixes that doctor shows for `discovery`, `token` and the other lines of Zitadel; if it shows " +
        "none, Zitadel is healthy again: the next run closes the breaker, or `family-hub-jobs retry-accounts` now",
    );
  },
};
