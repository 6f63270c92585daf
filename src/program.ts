// The command tree: names, flags, examples. No logic; each command is loaded when it runs.
import { Command, InvalidArgumentError, Option } from "commander";
import {
  parseCount,
  parseDuration,
  parseTimer,
  DURATION_FORM,
  TIMER_FORM,
} from "./config/units.ts";
import { isUuid, SORT_FIELDS, type SortField } from "./domain/job.ts";
import type { ExitCode } from "./exit-codes.ts";
import { LIST_FORMATS } from "./report/list-formats.ts";
import type { Runtime } from "./runtime.ts";

/** Called with what the chosen command will do. */
export type Act = (run: () => Promise<ExitCode>) => void;

export function createProgram(runtime: Runtime, version: string, act: Act): Command {
  const program = new Command("family-hub-jobs")
    .description("Creates FamilyHub's queued accounts in Zitadel and deletes expired invitations.")
    .version(version, "-V, --version")
    .showHelpAfterError("(--help shows what is right)")
    .configureHelp({ subcommandTerm: (command) => `${path(command)} ${usageOf(command)}`.trim() })
    .addHelpText("after", ROOT_HELP);
  const helpInformation = program.helpInformation.bind(program);
  program.helpInformation = (context) => {
    // Only here: commander's suggestions for a misspelt command read the same list.
    program.configureHelp({ ...program.configureHelp(), visibleCommands: leaves });
    return helpInformation(context);
  };

  addRunCommands(program, runtime, act);
  addQueueCommands(program, runtime, act);
  addOtherCommands(program, runtime, act);
  return program;
}

function addRunCommands(program: Command, runtime: Runtime, act: Act): void {
  const retry = program
    .command("retry-accounts")
    .description("work every due job once: account in Zitadel, user row, event")
    .addOption(count("--limit <n>", "claim so many jobs at the most", 1, 999_999_999))
    .addOption(count("--concurrency <n>", "calls to Zitadel in flight (RETRY_CONCURRENCY)", 1, 200))
    .addOption(timer("--max-duration <duration>", "begin no job after so long, such as 50s"))
    .addOption(
      new Option("--shard <i/n>", "work one part of the queue, such as 2/8").argParser(parseShard),
    )
    .addOption(
      count("--shards <n>", "how many parts; JOB_COMPLETION_INDEX says which, from 0", 1, 999),
    )
    .addOption(uuid("--job <id>", "only this job, also before its time has come"))
    .option("--dry-run", "say what is due and change nothing")
    .option("--strict", "exit with 1 when a job failed for good in this run");
  withRunFlags(retry).action((flags) =>
    act(async () => (await import("./commands/retry-accounts.ts")).run(flags, runtime)),
  );

  const purge = program
    .command("purge-invitations")
    .description("delete invitations that expired more than 30 days ago")
    .addOption(duration("--grace <duration>", "how long ago they expired (INVITATION_GRACE)"))
    .addOption(count("--batch-size <n>", "rows deleted at once", 1, 100_000).default(5000))
    .addOption(timer("--max-duration <duration>", "begin no batch after so long"))
    .option("--dry-run", "count what would be deleted and change nothing");
  withRunFlags(purge).action((flags) =>
    act(async () => (await import("./commands/purge-invitations.ts")).run(flags, runtime)),
  );
}

function addQueueCommands(program: Command, runtime: Runtime, act: Act): void {
  const queue = program.command("queue").description("look at jobs and act on them");
  const list = queue
    .command("list")
    .description("list jobs, newest first")
    .option("--status <status...>", "pending, processing, completed or failed")
    .option("--error <code...>", "last error code, such as username_taken")
    .option("--family <id>", "of this family")
    .option("--username <name>", "with this username")
    .option("--created-by <id>", "created by this user")
    .option("--since <time>", "created at or after: 2026-01-31T08:00Z, or 2h ago as 2h")
    .option("--until <time>", "created before")
    .option("--due", "due now")
    .option("--stuck", "processing, though the lease is over")
    .option("--search <text>", "part of username, name or last error")
    .addOption(count("--limit <n>", "jobs a page", 1, 10_000).default(50))
    .option("--cursor <cursor>", "go on where the last page ended")
    .addOption(
      new Option("--sort <field>", `${SORT_FIELDS.join(", ")}; with - in front descending`)
        .argParser(parseSort)
        .default({ field: "createdAt", descending: true }, "-createdAt"),
    )
    .addOption(new Option("-o, --output <format>", "how to print").choices(LIST_FORMATS));
  withVerbosityFlags(list).action((flags) =>
    act(async () => (await import("./commands/queue-list.ts")).run(flags, runtime)),
  );

  const requeue = queue
    .command("requeue")
    .argument("[id...]", "jobs to requeue; - reads ids from stdin")
    .description("let failed jobs go again, with all their retries")
    .option("--keep-retries", "grant no new retries: one attempt only, if all were spent")
    .option("--dry-run", "say what would be requeued and change nothing");
  withOperatorFlags(requeue).action((ids: string[], flags) =>
    act(async () => (await import("./commands/queue-requeue.ts")).run(ids, flags, runtime)),
  );

  const add = queue
    .command("add")
    .description("enqueue a job, its password encrypted as the API does")
    .requiredOption("--username <name>", "3 to 20 characters of a-z, 0-9 and _")
    .requiredOption("--name <full name>", "first word given name, the rest family name")
    .requiredOption("--family <id>", "the family, which must exist")
    .requiredOption("--created-by <id>", "the user on whose behalf")
    .option("--role <role>", "owner, admin, member or managed_account", "managed_account")
    .option("--password-stdin", "read the password from stdin, as one line")
    .option("--generate", "make a random password and print it once")
    .option("--hash", "store only a bcrypt hash of it")
    .option("--now", "due at once, as every added job is");
  withOperatorFlags(add).action((flags) =>
    act(async () => (await import("./commands/queue-add.ts")).run(flags, runtime)),
  );
}

function addOtherCommands(program: Command, runtime: Runtime, act: Act): void {
  const keys = program.command("keys").description("the password key ring");
  const generate = keys
    .command("generate")
    .description("make a key ring with one new key")
    .addOption(
      new Option("--type <type>", "EC: the API needs the public half only")
        .choices(["EC", "oct"])
        .default("EC"),
    )
    .option("--out <file>", "a new file that only its owner may read; otherwise stdout");
  withOutputFlags(generate).action((flags) =>
    act(async () => (await import("./commands/keys-generate.ts")).run(flags, runtime)),
  );

  const migrate = program
    .command("migrate")
    .description("bring the schema up to date")
    .addOption(
      timer("--wait <duration>", "how long to wait for runs to end").default(60_000, "60s"),
    );
  withOutputFlags(migrate).allowExcessArguments(true);
  migrate.action((flags, command: Command) => {
    const [unknown] = command.args;
    if (unknown !== undefined) refuseSubcommand(command, unknown);
    act(async () => (await import("./commands/migrate.ts")).run(flags, runtime));
  });
  const status = migrate
    .command("status")
    .description("list migrations and which of them the database has")
    .option("--check", "exit with 1 while one is pending");
  withOutputFlags(status).action((_, command: Command) =>
    act(async () =>
      (await import("./commands/migrate.ts")).status(command.optsWithGlobals(), runtime),
    ),
  );
  const rollback = migrate
    .command("rollback")
    .description("take the last migrations back; FamilyHub's own tables and rows stay")
    .option("--all", "take every migration back");
  withOutputFlags(rollback).action((_, command: Command) =>
    act(async () =>
      (await import("./commands/migrate.ts")).rollback(command.optsWithGlobals(), runtime),
    ),
  );
}

/** A command that acts by itself takes a misspelt subcommand for an argument. */
function refuseSubcommand(command: Command, unknown: string): never {
  const names = command.commands.map((child) => child.name());
  const meant = names.find((name) => name.startsWith(unknown.slice(0, 3))) ?? names.join(" or ");
  return command.error(`error: unknown command '${unknown}'\n(Did you mean ${meant}?)`);
}

function withOutputFlags(command: Command): Command {
  command.addOption(new Option("-o, --output <format>", "how to print").choices(["text", "json"]));
  command.on("option:output", (format: string) => {
    if (format === "json") command.setOptionValue("json", true);
  });
  return withVerbosityFlags(command);
}

function withVerbosityFlags(command: Command): Command {
  return command
    .option("--json", "print JSON, as -o json")
    .option("-v, --verbose", "say more")
    .option("-q, --quiet", "say only what went wrong");
}

function withLockFlags(command: Command): Command {
  return withOutputFlags(command).addOption(
    timer("--wait <duration>", "wait so long for a held lock").default(0, "0s"),
  );
}

function withRunFlags(command: Command): Command {
  return withLockFlags(command)
    .option("--fail-if-locked", "exit with 75 when another run holds the lock")
    .addOption(
      duration("--max-lock-age <duration>", "exit with 75 when it has held it longer").default(
        600_000,
        "10m",
      ),
    );
}

function withOperatorFlags(command: Command): Command {
  return withLockFlags(command)
    .option("--reason <text>", "why, for the audit")
    .option("--actor <name>", "who, for the audit (default: user@host)")
    .option("--yes", "never ask");
}

function count(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = parseCount(text, least, most);
    if (value === null)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  });
}

function duration(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = parseDuration(text);
    if (value === null) throw new InvalidArgumentError(`It must be ${DURATION_FORM}.`);
    return value;
  });
}

/** For what is waited for; 0 is no wait. */
function timer(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = parseDuration(text) === 0 ? 0 : parseTimer(text);
    if (value === null) throw new InvalidArgumentError(`It must be ${TIMER_FORM}.`);
    return value;
  });
}

function uuid(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    if (!isUuid(text)) throw new InvalidArgumentError("It must be a UUID, as `queue list` shows.");
    return text.toLowerCase();
  });
}

/** Counted from 1 by people, from 0 inside. */
function parseShard(text: string): { index: number; count: number } {
  const [, index, count] = /^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? [];
  const shard = { index: Number(index) - 1, count: Number(count) };
  if (shard.index >= 0 && shard.index < shard.count) return shard;
  throw new InvalidArgumentError("It must be i/n with i from 1 to n, such as 2/8.");
}

function parseSort(text: string): { field: SortField; descending: boolean } {
  const descending = text.startsWith("-");
  const field = SORT_FIELDS.find((name) => name === text.replace(/^-/, ""));
  if (field !== undefined) return { field, descending };
  throw new InvalidArgumentError(`It must be one of ${SORT_FIELDS.join(", ")}.`);
}

/** The commands that do something, in the order in which they were added. */
function leaves(command: Command): Command[] {
  return command.commands.flatMap((child) => {
    const below = leaves(child);
    const acts = below.length === 0 || child.name() === "migrate";
    return acts ? [child, ...below] : below;
  });
}

function path(command: Command): string {
  const parent = command.parent;
  return parent?.parent ? `${parent.name()} ${command.name()}` : command.name();
}

function usageOf(command: Command): string {
  return command.registeredArguments.length > 0 ? "[id...]" : "";
}

const ROOT_HELP = `
Examples:
  family-hub-jobs retry-accounts --max-duration 50s    every minute, from cron
  family-hub-jobs purge-invitations                    daily
  family-hub-jobs queue list --status failed           what needs a hand
  family-hub-jobs queue requeue 3f0c6c1e-…             let a failed job go again

Exit codes: 0 done, 1 a fault, 64 usage, 69 Postgres or Zitadel unreachable, 70 a bug,
75 stopped early or locked, 77 refused by Zitadel, 78 configuration, 130/143 interrupted.`;
