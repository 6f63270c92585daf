// What shell completion offers for a flag's value or an ID.
import type { Command, Option } from "commander";
import type { JobStatus } from "../domain/job.ts";

/** Loaded on demand if the list is in a file that help must not load. */
type Values = readonly string[] | (() => Promise<readonly string[]>);

const VALUES = new WeakMap<Option, Values>();
const JOBS = new WeakMap<Command, readonly JobStatus[]>();
const BY_USERNAME = new WeakSet<Command>();

/** For flags that check their own value; several may be separated by commas. */
export function withValues(option: Option, values: Values): Option {
  VALUES.set(option, values);
  return option;
}

/** @returns null if the flag has no values */
export async function valuesOf(option: Option): Promise<readonly string[] | null> {
  const values = VALUES.get(option);
  return typeof values === "function" ? values() : (values ?? null);
}

/** Which jobs the command's IDs can refer to; by default any job. */
export function takesJobs(command: Command, ...statuses: JobStatus[]): Command {
  JOBS.set(command, statuses);
  return command;
}

/** @returns an empty list for any status */
export function jobsOf(command: Command): readonly JobStatus[] {
  return JOBS.get(command) ?? [];
}

/** For commands that accept a username instead of an ID. */
export function takesUsernames(command: Command): void {
  BY_USERNAME.add(command);
}

export function isByUsername(command: Command): boolean {
  return BY_USERNAME.has(command);
}
