// Reports a pause: a queue that is paused and forgotten looks like one without runs.
import { describePause, readPause, resumeAdvice } from "../queue-table/pause.sql.ts";
import { ok, warn, type Check } from "./check.ts";

export const PAUSE: Check = {
  name: "pause",
  group: "Runs",
  needs: ["tables"],
  look: async (context) => {
    const pause = await readPause(await context.postgres());
    if (pause === null) return ok("none");
    return warn(
      `${describePause(pause)} (since ${pause.since.toISOString()})`,
      resumeAdvice(pause.actor),
    );
  },
};
