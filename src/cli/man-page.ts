// The man page, generated from the command tree, the settings and the exit codes.
import { Help, type Command } from "commander";
import { SETTINGS, type Setting } from "../config/settings-table.ts";
import { EXIT, EXIT_MEANINGS } from "../exit-codes.ts";
import { examplesOf } from "../command-line/examples.ts";
import { asSentence, optionDescription } from "./help.ts";
import { escape, item, paragraph, quoted, section, verbatim } from "./roff.ts";
import { leafCommands, pathOf } from "../command-line/tree.ts";

/** @returns roff without a date, so that the same sources give the same page */
export function manPage(program: Command, version: string): string {
  const name = program.name();
  const purpose = program.description().replace(/\.$/, "");
  const lines = [
    `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(`${name} ${version}`)} "FamilyHub"`,
    // No hyphenation and no justification.
    ...[".nh", ".ad l"],
    ...section("NAME", `${escape(`${name}, fhj`)} \\- ${escape(purpose)}`),
    ...section("SYNOPSIS", `.B ${quoted(name)}`, "\\fICOMMAND\\fR [\\fIOPTION\\fR]..."),
    ...section("DESCRIPTION", ...DESCRIPTION.flatMap(paragraph)),
    ...section("EXAMPLES", ...examples(program)),
    ...section("COMMANDS", ...leafCommands(program).flatMap(describeCommand)),
    ...section("OPTIONS", ...options(program)),
    ...section("ENVIRONMENT", ...paragraph(ENVIRONMENT), ...SETTINGS.flatMap(describeSetting)),
    ...section("EXIT STATUS", ...exitCodes()),
    ...section("FILES", ...FILES.flatMap(([path, text]) => item(path, text))),
    ...section("SEE ALSO", ...SEE_ALSO),
  ];
  return `${lines.join("\n")}\n`;
}

const DESCRIPTION = [
  "Parents create accounts in FamilyHub for children and elderly relatives. When the identity " +
    "server Zitadel cannot be reached, FamilyHub's API queues the creation in Postgres. This tool " +
    "processes that queue and deletes expired invitations. Each command starts, does its work and " +
    "exits; cron, systemd or Kubernetes decides when.",
  "The answer goes to standard output, the log to standard error. A scheduled command that found " +
    "nothing to do prints nothing. Two runs never process the same job at once, and no account is created twice.",
];

const ENVIRONMENT =
  "Flags override the environment, which overrides .env in the working directory. A secret can be " +
  "in a file: set the variable's name plus _FILE to its path. Durations are written 90s, 5m, 4h or 30d.";

const FILES = [
  [".env", "In the working directory: settings that the environment does not contain."],
  ["crontab.example", "In the package: a crontab to copy."],
  [
    "deploy/postgres/role.sql",
    "In the package: database roles with exactly the privileges that the commands need.",
  ],
] as const;

const SEE_ALSO = [".BR psql (1),", ".BR crontab (5)"];

function describeCommand(command: Command): string[] {
  const usage = plain.commandUsage(command);
  return [
    `.SS ${quoted(pathOf(command))}`,
    `.B ${quoted(usage)}`,
    ...paragraph(asSentence(command.description())),
    ...examples(command),
    ...plain
      .visibleArguments(command)
      .flatMap((argument) => item(argument.name(), plain.argumentDescription(argument))),
    ...options(command),
  ];
}

const plain = new Help();

function examples(command: Command): string[] {
  return examplesOf(command).flatMap(([line, purpose]) => [
    ...paragraph(asSentence(purpose).replace(/[.?]*$/, ":")),
    ...verbatim(line),
  ]);
}

function options(command: Command): string[] {
  return plain
    .visibleOptions(command)
    .flatMap((option) => item(option.flags, optionDescription(option)));
}

function describeSetting({ names, secret, fallback, text }: Setting): string[] {
  const files = secret === true ? names.map((name) => `${name}_FILE`) : [];
  const unset = fallback === null ? "" : ` Default: ${fallback}.`;
  return item([...names, ...files].join(", "), `${text}${unset}`);
}

function exitCodes(): string[] {
  return Object.entries(EXIT).flatMap(([name, code]) =>
    item(String(code), EXIT_MEANINGS[name as keyof typeof EXIT]),
  );
}
