// The root of the command tree, and its help. Each command is loaded when it runs.
import { Command } from "commander";
import type { Act } from "../command-line/act.ts";
import { addCompletion } from "./completion/completion.flags.ts";
import { addDoctor } from "../doctor/doctor.flags.ts";
import { SOME_JOB, withExamples } from "../command-line/examples.ts";
import { addHelpCommands, HELP } from "./help.ts";
import { addRuns } from "../runs/runs.flags.ts";
import { addKeys } from "../keys/keys.flags.ts";
import { addMigrate } from "../schema/migrate.flags.ts";
import { addQueue } from "../queue/queue.flags.ts";
import { addPurgeInvitations } from "../purge/purge-invitations.flags.ts";
import { addPurgeJobs } from "../purge/purge-jobs.flags.ts";
import { addRetryAccounts } from "../retry/retry-accounts.flags.ts";
import { suggestCommands } from "../command-line/suggestions.ts";
import type { Runtime } from "../runtime.ts";

/** Set by build.mjs for the builds with some of the commands; queue.flags.ts reads it, too. */
declare const ONLY: "scheduled" | "queue list";

const COMMANDS =
  typeof ONLY === "undefined"
    ? [
        addRetryAccounts,
        addPurgeInvitations,
        addQueue,
        addPurgeJobs,
        addRuns,
        addKeys,
        addMigrate,
        addDoctor,
        addCompletion,
      ]
    : ONLY === "scheduled"
      ? [addRetryAccounts, addPurgeInvitations, addPurgeJobs]
      : [addQueue];

export function createProgram(runtime: Runtime, version: string, act: Act): Command {
  const program = new Command("family-hub-jobs")
    .description("Creates FamilyHub's queued accounts in Zitadel and deletes expired invitations.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .showHelpAfterError("(see --help)")
    .configureHelp(HELP);
  withExamples(program, [
    [
      "family-hub-jobs retry-accounts --max-duration 50s",
      "process due jobs, every minute from cron",
    ],
    ["family-hub-jobs purge-invitations", "delete expired invitations, once a day"],
    ["family-hub-jobs queue list --status failed", "list the jobs that failed"],
    [`family-hub-jobs queue requeue ${SOME_JOB}`, "retry a failed job"],
    ["family-hub-jobs help queue requeue", "show a command's help"],
  ]);

  for (const addCommands of COMMANDS) addCommands(program, runtime, act);
  addHelpCommands(program);
  suggestCommands(program);
  return program;
}
