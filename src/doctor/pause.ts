// Reports a pause: a queue that someone forgot to resume looks like one without runs.
import { span } from "../domain/when.ts";
import { describePause, readPause, resumeAdvice } from "../queue-table/pause.sql.ts";
import { fail, ok, warn, type Check } from "./check.ts";
import { readClock } from "./server.sql.ts";

export const PAUSE: Check = {
  name: "pause",
  group: "Runs",
  needs: ["tables"],
  look: async (context) => {
    const db = await context.postgres();
    const pause = await readPause(db);
    if (pause === null) return ok("none");
    const lastsMs = (await readClock(db)).getTime() - pause.since.getTime();
    // Longer than any work on Zitadel takes: it was probably forgotten.
    const finding = lastsMs > context.limits.longPause ? fail : warn;
    return finding(
      `${describePause(pause)} (for ${span(lastsMs)}, since ${pause.since.toISOString()})`,
      resumeAdvice(pause.actor),
    );
  },
};
