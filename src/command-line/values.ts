// What shell completion offers for a flag's value or an ID.
import type { Command, Option } from "commander";
import type { JobStatus } from "../domain/job.ts";

/** Loaded on demand where the list lies beside code that help must not load. */
type Values = readonly string[] | (() => Promise<readonly string[]>);

const VALUES = new WeakMap<Option, Values>();
const JOBS = new WeakMap<Command, readonly JobStatus[]>();
const BY_USERNAME = new WeakSet<Command>();

/** For flags that check their value themselves; several may stand in one text, with commas. */
export function withValues(option: Option, values: Values): Option {
  VALUES.set(option, values);
  return option;
}

/** @returns null when the flag was given none */
export async function valuesOf(option: Option): Promise<readonly string[] | null> {
  const values = VALUES.get(option);
  return typeof values === "function" ? values() : (values ?? null);
}

/** Which jobs the command's ids can mean; without it any job. */
export function takesJobs(command: Command, ...statuses: JobStatus[]): Command {
  JOBS.set(command, statuses);
  return command;
}

/** @returns an empty list for any status */
export function jobsOf(command: Command): readonly JobStatus[] {
  return JOBS.get(command) ?? [];
}

/** Where a username stands for a job as well as its id. */
export function takesUsernames(command: Command): void {
  BY_USERNAME.add(command);
}

export function isByUsername(command: Command): boolean {
  return BY_USERNAME.has(command);
}
