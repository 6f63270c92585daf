// The `queue` commands: names and flags.
import type { Command } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { SOME_JOB, withExamples } from "../command-line/examples.ts";
import { addAdd } from "./add/add.flags.ts";
import { addCancel } from "./cancel/cancel.flags.ts";
import { addErase } from "./erase/erase.flags.ts";
import { addErrors } from "./errors/errors.flags.ts";
import { addList } from "./list/list.flags.ts";
import { addPause, addResume } from "./pause/pause.flags.ts";
import { addRequeue } from "./requeue/requeue.flags.ts";
import { addShow } from "./show/show.flags.ts";
import { addStats } from "./stats/stats.flags.ts";
import { addUndo } from "./undo/undo.flags.ts";
import { addVerify } from "./verify/verify.flags.ts";

/** Set by build.mjs for the builds with some of the commands. */
declare const ONLY: "scheduled" | "queue list";

/** In the order of the help. */
const VERBS =
  typeof ONLY === "undefined"
    ? [
        addList,
        addRequeue,
        addShow,
        addCancel,
        addUndo,
        addStats,
        addErrors,
        addVerify,
        addAdd,
        addErase,
        addPause,
        addResume,
      ]
    : [addList];

export function addQueue(program: Command, runtime: Runtime, act: Act): void {
  const queue = program.command("queue").description("inspect and change jobs");
  withExamples(queue, [
    ["family-hub-jobs queue stats", "is the queue healthy?"],
    ["family-hub-jobs queue list --status failed", "which jobs failed"],
    ["family-hub-jobs queue errors", "why they failed, and what to do"],
    [`family-hub-jobs queue requeue ${SOME_JOB}`, "retry a failed job"],
  ]);
  for (const addVerb of VERBS) addVerb(queue, runtime, act);
}
