// Holds all that any command prints as JSON in any test to the schema that docs/schemas has for it.
import { CommanderError } from "commander";
import { readCommandLine, type CommandLine } from "./command-line.ts";
import { PRINTED, undescribed } from "./schemas.ts";

export interface Printed {
  readonly code: number;
  /** null when its reader went away before the end. */
  readonly stdout: string | null;
  readonly stderr: string | null;
}

/** @throws naming the command, its schema, and what the schema does not describe */
export function expectDocumented(args: readonly string[], { code, stdout, stderr }: Printed): void {
  if (stderr !== null) expectLog(args, stderr);
  if (stdout === null) return;
  // Most calls, and to read a command line takes as long as to print help.
  if (!stdout.startsWith("{") && !args.some((arg) => arg.includes("json"))) return;
  const line = readCommandLine(args);
  if (line instanceof CommanderError) return;
  const format = formatOf(line);
  if (format === "jsonl") {
    for (const text of wholeLines(stdout)) expectDescribed(line, "jsonl", text);
  } else if (line.options["watch"] !== undefined && format === "json") {
    for (const text of wholeLines(stdout)) expectDescribed(line, "json", text);
  } else if (stdout.startsWith("{")) {
    expectDescribed(line, "json", stdout);
  } else if (format === "json" && (stdout !== "" || code === 0)) {
    throw new Error(`\`${line.name}\` was asked for JSON and printed ${excerpt(stdout)}`);
  }
}

function formatOf({ options }: CommandLine): unknown {
  return options["json"] === true ? "json" : options["output"];
}

function expectDescribed({ name }: CommandLine, format: "json" | "jsonl", text: string): void {
  const schema = PRINTED.get(name)?.[format] ?? null;
  if (schema === null) {
    throw new Error(
      `\`${name}\` prints ${format}, and docs/schemas/README.md names no schema for it: add both.`,
    );
  }
  expectFits(`\`${name}\` printed`, schema, text);
}

/** Whatever stands on stderr and begins like an object is a line of the log. */
function expectLog(args: readonly string[], stderr: string): void {
  const what = `\`${args.slice(0, 2).join(" ")}\` logged`;
  for (const line of wholeLines(stderr)) {
    if (line.startsWith("{")) expectFits(what, "log-line", line);
  }
}

function expectFits(what: string, schema: string, text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${what} what is no JSON: ${excerpt(text)}`);
  }
  const wrong = undescribed(schema, value);
  if (wrong === null) return;
  throw new Error(`${what} what docs/schemas/${schema}.schema.json does not describe: ${wrong}`);
}

/** A killed process may have left the last one unfinished. */
function wholeLines(text: string): string[] {
  return text
    .split("\n")
    .slice(0, -1)
    .filter((line) => line !== "");
}

function excerpt(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
