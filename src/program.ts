// The command tree: its root and its help. No logic; each command is loaded when it runs.
import { Command } from "commander";
import type { Act } from "./program/act.ts";
import { addCompletionCommands } from "./program/completion-commands.ts";
import { addDoctorCommands } from "./program/doctor-commands.ts";
import { SOME_JOB, withExamples } from "./program/examples.ts";
import { addHelpCommands, HELP } from "./program/help.ts";
import { addHistoryCommands } from "./program/history-commands.ts";
import { addKeysCommands } from "./program/keys-commands.ts";
import { addMigrateCommands } from "./program/migrate-commands.ts";
import { addQueueCommands } from "./program/queue-commands.ts";
import { addRetentionCommands } from "./program/retention-commands.ts";
import { addRunCommands } from "./program/run-commands.ts";
import { suggestCommands } from "./program/suggestions.ts";
import type { Runtime } from "./runtime.ts";

/** Put in by build.mjs for the build that holds the scheduled commands alone. */
declare const SCHEDULED_ONLY: boolean;

const COMMANDS =
  typeof SCHEDULED_ONLY === "boolean"
    ? [addRunCommands, addRetentionCommands]
    : [
        addRunCommands,
        addQueueCommands,
        addRetentionCommands,
        addHistoryCommands,
        addKeysCommands,
        addMigrateCommands,
        addDoctorCommands,
        addCompletionCommands,
      ];

export function createProgram(runtime: Runtime, version: string, act: Act): Command {
  const program = new Command("family-hub-jobs")
    .description("Creates FamilyHub's queued accounts in Zitadel and deletes expired invitations.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .showHelpAfterError("(--help shows what is right)")
    .configureHelp(HELP);
  withExamples(program, [
    [
      "family-hub-jobs retry-accounts --max-duration 50s",
      "work what is due, each minute from cron",
    ],
    ["family-hub-jobs purge-invitations", "delete old invitations, once a day"],
    ["family-hub-jobs queue list --status failed", "see what needs a hand"],
    [`family-hub-jobs queue requeue ${SOME_JOB}`, "let a failed job go again"],
    ["family-hub-jobs help queue requeue", "learn more of a command"],
  ]);

  for (const addCommands of COMMANDS) addCommands(program, runtime, act);
  addHelpCommands(program);
  suggestCommands(program);
  return program;
}
