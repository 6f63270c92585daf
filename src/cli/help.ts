// The layout of help at every level: purpose, examples, usage, commands, flags.
import type { Command, Help, Option } from "commander";
import { EXIT, EXIT_IN_SHORT } from "../exit-codes.ts";
import { examplesOf } from "../command-line/examples.ts";
import {
  argumentTerms,
  follow,
  leafCommands,
  pathOf,
  visibleChildren,
} from "../command-line/tree.ts";
import { unknownCommand } from "../command-line/suggestions.ts";

/** Settings that every command added below the root inherits. */
export const HELP: Partial<Help> = {
  minWidthToWrap: 20,
  visibleCommands: leafCommands,
  subcommandTerm: (command) => `${pathOf(command)} ${argumentTerms(command)}`.trim(),
  optionDescription,
  formatHelp,
};

/** In display order; a command names its own group. */
const GROUPS = ["Most used:", "Inspect:", "Change:", "Keys:", "Set up:"];
const OTHERS = "Others:";

function formatHelp(command: Command, helper: Help): string {
  const width = helper.helpWidth ?? 80;
  const column = helper.padWidth(command, helper);
  const item = (term: string, text: string) => helper.formatItem(term, column, text, helper);
  const commands = groupsOf(command);
  const flags = helper.groupItems(
    [],
    helper.visibleOptions(command),
    (option: Option) => option.helpGroupHeading ?? "Options:",
  );
  const blocks = [
    [helper.boxWrap(asSentence(command.description()), width)],
    exampleLines(command),
    [`Usage: ${helper.commandUsage(command)}`],
    listed("Arguments:", helper.visibleArguments(command), (argument) =>
      item(argument.name(), helper.argumentDescription(argument)),
    ),
    ...commands.map(([title, children]) =>
      listed(title, children, (child) =>
        item(helper.subcommandTerm(child), helper.subcommandDescription(child)),
      ),
    ),
    ...[...flags].map(([title, options]) =>
      listed(title, options, (option) => item(option.flags, helper.optionDescription(option))),
    ),
    command.parent === null ? [helper.boxWrap(exitCodes(), width)] : [],
  ];
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function groupsOf(command: Command): [title: string, children: Command[]][] {
  const all = leafCommands(command);
  const groupOf = (child: Command) =>
    GROUPS.includes(child.helpGroup()) ? child.helpGroup() : OTHERS;
  return [...GROUPS, OTHERS]
    .map((title): [string, Command[]] => [title, all.filter((child) => groupOf(child) === title)])
    .filter(([, children]) => children.length > 0);
}

function listed<T>(title: string, things: readonly T[], line: (thing: T) => string): string[] {
  return things.length === 0 ? [] : [title, ...things.map(line)];
}

/** Never wrapped, so that each can be copied. */
function exampleLines(command: Command): string[] {
  return listed("Examples:", examplesOf(command), ([line, purpose]) => `  # ${purpose}\n  ${line}`);
}

/** In lists a description is a fragment; at the top of a page it is a sentence. */
export function asSentence(description: string): string {
  const end = description.endsWith(".") ? "" : ".";
  return `${description.slice(0, 1).toUpperCase()}${description.slice(1)}${end}`;
}

/** With choices and default as people type them. */
export function optionDescription(option: Option): string {
  const { argChoices, defaultValue, defaultValueDescription } = option;
  const takesValue = option.required || option.optional;
  const notes = [
    ...(argChoices === undefined ? [] : [argChoices.join(", ")]),
    ...(takesValue && defaultValue !== undefined
      ? [`default: ${defaultValueDescription ?? String(defaultValue)}`]
      : []),
  ];
  return notes.length === 0 ? option.description : `${option.description} (${notes.join("; ")})`;
}

function exitCodes(): string {
  const codes = Object.entries(EXIT).map(
    ([name, code]) => `${code} ${EXIT_IN_SHORT[name as keyof typeof EXIT]}`,
  );
  return `Exit codes: ${codes.join(", ")}.`;
}

/** `help queue list` at the root, `queue help list` in a group. */
export function addHelpCommands(command: Command): void {
  if (command.commands.length === 0) return;
  // Commander's own help command reads one word only, and does not work for a command with an action.
  command.helpCommand(false);
  for (const child of visibleChildren(command)) addHelpCommands(child);
  command
    .command("help", { hidden: true })
    .argument("[command...]", "command to show help for")
    .action((words: string[]) => {
      const { command: found, unknown } = follow(command, words);
      if (unknown !== null) unknownCommand(found, unknown);
      found.help();
    });
}
