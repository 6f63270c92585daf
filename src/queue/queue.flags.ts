// The commands of the person on call, who looks at jobs and acts on them: names and flags.
import { type Command, Option } from "commander";
import { ROLES, SORT_FIELDS } from "../domain/job.ts";
import { LIST_FORMATS } from "../terminal/list-formats.ts";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { SOME_JOB, withExamples } from "../command-line/examples.ts";
import {
  withChoiceFlags,
  withFilterFlags,
  withOperatorFlags,
  withOutputFlags,
  withVerbosityFlags,
} from "../command-line/flag-groups.ts";
import { count, parseSort, rate, uuid, watching } from "../command-line/flags.ts";
import { addQueueInsightCommands } from "./queue-insight.flags.ts";
import { takesJobs, withValues } from "../command-line/values.ts";

export function addQueueCommands(program: Command, runtime: Runtime, act: Act): void {
  const queue = program.command("queue").description("look at jobs and act on them");
  withExamples(queue, [
    ["family-hub-jobs queue stats", "is all well?"],
    ["family-hub-jobs queue list --status failed", "what needs a hand"],
    ["family-hub-jobs queue errors", "why, and what to do about it"],
    [`family-hub-jobs queue requeue ${SOME_JOB}`, "let a failed job go again"],
  ]);
  const list = queue.command("list").description("list jobs, newest first");
  withFilterFlags(list)
    .addOption(count("--limit <n>", "jobs a page", 1, 10_000).default(50))
    .option("--cursor <cursor>", "go on where the last page ended")
    .addOption(
      withValues(
        new Option(
          "--sort <field>",
          `${SORT_FIELDS.join(", ")}, or a column's head; with - in front descending`,
        )
          .argParser(parseSort)
          .default({ field: "createdAt", descending: true }, "-createdAt"),
        SORT_FIELDS.flatMap((field) => [field, `-${field}`]),
      ),
    )
    .addOption(watching())
    .addOption(new Option("-o, --output <format>", "how to print").choices(LIST_FORMATS));
  withVerbosityFlags(list).action((flags) =>
    act(async () => (await import("./list/list.command.ts")).run(flags, runtime)),
  );
  withExamples(list.helpGroup("Every day:"), [
    ["family-hub-jobs queue list --status failed", "what needs a hand"],
    ["family-hub-jobs queue list --search smith -o wide", "somebody's account, all columns"],
    ["family-hub-jobs queue list --due --sort nextRetryAt", "what runs next"],
    ["family-hub-jobs queue list --error username_taken --since 7d -o csv", "for a spreadsheet"],
  ]);

  const requeue = queue
    .command("requeue")
    .argument("[id...]", "jobs to requeue; - reads ids from stdin")
    .description("let failed jobs go again, with all their retries: by id, or by filter")
    .summary("let failed jobs go again");
  withChoiceFlags(requeue)
    .addOption(
      rate(
        "--rate <n/s>",
        "so many become due a second, such as 5/s; runs work them at ZITADEL_RATE",
      ).default(Infinity, "all at once"),
    )
    .option("--verified", "ask Zitadel first, and leave alone what `queue verify` says is in vain")
    .option("--keep-retries", "grant no new retries: one attempt only, if all were spent")
    .option("--dry-run", "say what would be requeued and change nothing");
  withOperatorFlags(requeue).action((ids: string[], flags) =>
    act(async () => (await import("./requeue/requeue.command.ts")).run(ids, flags, runtime)),
  );
  withExamples(requeue.helpGroup("Every day:"), [
    [`family-hub-jobs queue requeue ${SOME_JOB}`, "one job"],
    ["family-hub-jobs queue requeue --error timeout --dry-run", "all of one cause: which?"],
    ["family-hub-jobs queue requeue --error timeout --rate 5/s", "then, after a question"],
    ["family-hub-jobs queue requeue --status failed --yes --expect 214", "in a script"],
  ]);
  takesJobs(requeue, "failed");

  const show = queue
    .command("show")
    .argument("<id>", "the job, as `queue list` shows it")
    .description("show one job in detail: why it is not running, what comes next, its history")
    .summary("show one job in detail");
  withOutputFlags(show).action((id: string, flags) =>
    act(async () => (await import("./show/show.command.ts")).run(id, flags, runtime)),
  );
  withExamples(show.helpGroup("Looking:"), [
    [`family-hub-jobs queue show ${SOME_JOB}`, "why is it not running, what happened to it?"],
    [`family-hub-jobs queue show --json ${SOME_JOB}`, "for a program"],
  ]);

  const cancel = queue
    .command("cancel")
    .argument("[id...]", "jobs to give up; - reads ids from stdin")
    .description("give pending and failed jobs up for good, and erase their passwords")
    .summary("give pending and failed jobs up for good");
  withChoiceFlags(cancel).option("--dry-run", "say what would be canceled and change nothing");
  withOperatorFlags(cancel).action((ids: string[], flags) =>
    act(async () => (await import("./cancel/cancel.command.ts")).run(ids, flags, runtime)),
  );
  withExamples(cancel.helpGroup("Acting:"), [
    [`family-hub-jobs queue cancel ${SOME_JOB}`, "one job"],
    ["family-hub-jobs queue cancel --username kim_s", "all of one username, after a question"],
  ]);
  takesJobs(cancel, "pending", "failed");

  const undo = queue
    .command("undo")
    .argument("<action>", "as `queue requeue` printed it")
    .description("take a requeue back: its jobs that have not run since are failed again")
    .summary("take a requeue back")
    .option("--dry-run", "say what would be undone and change nothing");
  withOperatorFlags(undo).action((id: string, flags) =>
    act(async () => (await import("./undo/undo.command.ts")).run(id, flags, runtime)),
  );
  withExamples(undo.helpGroup("Acting:"), [
    [`family-hub-jobs queue undo ${SOME_JOB}`, "an action, not a job"],
  ]);

  addQueueInsightCommands(queue, runtime, act);

  const add = queue
    .command("add")
    .description("enqueue a job, its password encrypted as the API does")
    .summary("enqueue a job")
    .requiredOption("--username <name>", "3 to 20 characters of a-z, 0-9 and _")
    .requiredOption("--name <full name>", "first word given name, the rest family name")
    .requiredOption("--family <id>", "the family, which must exist")
    .requiredOption("--created-by <id>", "the user on whose behalf")
    .addOption(
      withValues(
        new Option("--role <role>", "owner, admin, member or managed_account").default(
          "managed_account",
        ),
        ROLES,
      ),
    )
    .option("--password-stdin", "read the password from stdin, as one line; a terminal asks")
    .option("--generate", "make a random password and print it once")
    .option("--hash", "store only a hash of it: bcrypt, cost 12; at most 72 bytes");
  withOperatorFlags(add).action((flags) =>
    act(async () => (await import("./add/add.command.ts")).run(flags, runtime)),
  );
  withExamples(add.helpGroup("Acting:"), [
    [
      `fhj queue add --generate --username kim_s --name "Kim Smith" \\
      --family ${SOME_JOB} \\
      --created-by 9b2d7c34-50e1-4f6a-a8d9-1c3e5f708192`,
      "with a random password, which is printed once",
    ],
  ]);

  const erase = queue
    .command("erase")
    .description("delete what the queue holds of one person (GDPR, article 17)")
    .summary("delete what the queue holds of one person")
    .requiredOption("--username <name>", "of the person, as `queue list --username` finds it")
    .addOption(uuid("--family <id>", "only in this family; needed where several have the name"))
    .option("--dry-run", "say what would be erased and change nothing");
  withOperatorFlags(erase).action((flags) =>
    act(async () => (await import("./erase/erase.command.ts")).run(flags, runtime)),
  );
  withExamples(erase.helpGroup("Acting:"), [
    ["family-hub-jobs queue erase --username kim_s --dry-run", "what is held of somebody"],
    [
      'family-hub-jobs queue erase --username kim_s --reason "ticket 4711"',
      "delete it, with a word for the audit",
    ],
  ]);
}
