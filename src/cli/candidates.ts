// Lists the completions that are possible at the cursor, read from the command tree.
import { Help, type Command, type Option } from "commander";
import type { Candidate, Completion } from "./completion/complete.command.ts";
import { visibleChildren } from "../command-line/tree.ts";
import { isByUsername, jobsOf, valuesOf } from "../command-line/values.ts";

const NOTHING: Completion = { candidates: [], files: false, jobs: null, actions: null };

/** @param words after the program's name; the last one is being typed, and may be empty */
export async function complete(root: Command, words: readonly string[]): Promise<Completion> {
  const typed = words.at(-1) ?? "";
  const place = walk(root, words.slice(0, -1));
  const { command, open, values } = place;
  const value = open === null ? NOTHING : await completeValue(command, open, typed, "");
  if (open !== null && values === 0) return value;
  const flag = place.literal ? null : /^(--[^=]+=)(.*)$/s.exec(typed);
  if (flag !== null) {
    const [, before = "", rest = ""] = flag;
    const option = findOption(command, before);
    return option === null ? NOTHING : completeValue(command, option, rest, before);
  }
  if (typed.startsWith("-") && !place.literal) return only(flags(place), typed);
  const operand = completeOperand(place, typed);
  const both = { ...operand, candidates: [...value.candidates, ...operand.candidates] };
  const none =
    both.candidates.length === 0 && both.jobs === null && both.actions === null && typed === "";
  return none && !place.helping ? only(flags(place), "") : both;
}

interface Place {
  readonly command: Command;
  /** After `help`, where only names of commands follow. */
  readonly helping: boolean;
  /** After `--`. */
  readonly literal: boolean;
  readonly operands: readonly string[];
  readonly used: ReadonlySet<Option>;
  /** The flag whose value may come next, and how many values it has. */
  readonly open: Option | null;
  readonly values: number;
}

function walk(root: Command, words: readonly string[]): Place {
  const start: Place = {
    ...{ command: root, helping: false, literal: false, operands: [] },
    ...{ used: new Set(), open: null, values: 0 },
  };
  return words.reduce(step, start);
}

function step(place: Place, word: string): Place {
  const { command, open, values, operands } = place;
  const operand = { ...place, open: null, operands: [...operands, word] };
  if (place.literal) return operand;
  const isFlag = word.startsWith("-") && word !== "-";
  if (open !== null && (!isFlag || (open.required && values === 0))) {
    return open.variadic ? { ...place, values: values + 1 } : { ...place, open: null };
  }
  if (word === "--") return { ...place, open: null, literal: true };
  if (isFlag) {
    const option = findOption(command, word);
    if (option === null) return { ...place, open: null };
    const valueFollows = takesValue(option) && (word === option.short || word === option.long);
    const used = new Set([...place.used, option]);
    return { ...place, used, open: valueFollows ? option : null, values: 0 };
  }
  if (operands.length > 0) return operand;
  if (word === "help" && command.commands.length > 0) return { ...place, helping: true };
  const child = visibleChildren(command).find((candidate) => candidate.name() === word);
  return child === undefined ? operand : { ...place, command: child, open: null };
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

/** As `--flag`, `--flag=value`, `-f` or `-fvalue`; a group's flags may also follow its commands. */
function findOption(command: Command, word: string): Option | null {
  const name = word.startsWith("--") ? word.replace(/=.*$/s, "") : word.slice(0, 2);
  const own = command.options.find(({ short, long }) => short === name || long === name);
  return own ?? (command.parent === null ? null : findOption(command.parent, name));
}

const plain = new Help();

function flags({ command, used }: Place): Candidate[] {
  return plain
    .visibleOptions(command)
    .filter((option) => option.variadic || !used.has(option))
    .map(({ long, short, description }) => ({ value: long ?? short ?? "", description }));
}

function completeOperand(
  { command, operands, helping, literal }: Place,
  typed: string,
): Completion {
  const children = literal || operands.length > 0 ? [] : visibleChildren(command);
  const names = children.map((child) => ({
    value: child.name(),
    description: plain.subcommandDescription(child),
  }));
  if (helping) return only(names, typed);
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument =
    registeredArguments[operands.length] ?? (last?.variadic === true ? last : undefined);
  const choices = (argument?.argChoices ?? []).map((value) => ({ value, description: "" }));
  const usernames = isByUsername(command);
  const jobs = { statuses: jobsOf(command), typed, before: "", except: operands, usernames };
  return {
    ...only([...names, ...choices], typed),
    jobs: argument?.name() === "id" ? jobs : null,
    actions: argument?.name() === "action" ? typed : null,
  };
}

async function completeValue(
  command: Command,
  option: Option,
  typed: string,
  before: string,
): Promise<Completion> {
  if (option.long === "--job") {
    const jobs = { statuses: jobsOf(command), typed, before, except: [], usernames: false };
    return { ...NOTHING, jobs };
  }
  if (option.argChoices !== undefined)
    return only(named(option.argChoices, before), before + typed);
  const values = await valuesOf(option);
  // Several values with commas: the last one is being typed.
  const head = before + typed.slice(0, typed.lastIndexOf(",") + 1);
  if (values !== null) return only(named(values, head), before + typed);
  return { ...NOTHING, files: /[<[].*\b(file|path)\b/.test(option.flags) };
}

function named(values: readonly string[], before: string): Candidate[] {
  return values.map((value) => ({ value: before + value, description: "" }));
}

function only(candidates: readonly Candidate[], typed: string): Completion {
  return { ...NOTHING, candidates: candidates.filter(({ value }) => value.startsWith(typed)) };
}
