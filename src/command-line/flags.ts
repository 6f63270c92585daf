// Flags whose values are checked when they are parsed.
import { InvalidArgumentError, Option } from "commander";
import {
  parseCount,
  parseDuration,
  parseRate,
  parseRetention,
  parseTimer,
  DURATION_FORM,
  RETENTION_FORM,
  TIMER_FORM,
} from "../config/units.ts";
import { ID_FORM, readIdPrefix } from "../domain/short-id.ts";
import { isUuid, SORT_FIELDS, type SortField } from "../domain/job.ts";

export function count(flags: string, description: string, least: number, most: number): Option {
  return new Option(flags, description).argParser((text) => {
    const value = parseCount(text, least, most);
    if (value === null)
      throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
    return value;
  });
}

export function duration(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = parseDuration(text);
    if (value === null) throw new InvalidArgumentError(`It must be ${DURATION_FORM}.`);
    return value;
  });
}

/** For waiting times; 0 means no wait. */
export function timer(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = parseDuration(text) === 0 ? 0 : parseTimer(text);
    if (value === null) throw new InvalidArgumentError(`It must be ${TIMER_FORM}.`);
    return value;
  });
}

/** Per second; Infinity for 0. */
export function rate(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = parseRate(text);
    if (value === null) throw new InvalidArgumentError("It must be a rate, such as 5/s or 100/m.");
    return value;
  });
}

/** Repeats the output; the interval is optional. */
export function watching(): Option {
  return new Option("-w, --watch [interval]", "refresh until Ctrl-C; an interval of 1s or more")
    .preset("2s")
    .argParser((text) => {
      const value = parseTimer(text);
      if (value === null || value < 1000)
        throw new InvalidArgumentError("It must be 1s or more, such as 2s or 1m.");
      return value;
    });
}

/** For retention times of at least a day. */
export function retention(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    const value = parseRetention(text);
    if (value === null) throw new InvalidArgumentError(`It must be ${RETENTION_FORM}.`);
    return value;
  });
}

export function uuid(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    if (!isUuid(text)) throw new InvalidArgumentError("It must be a UUID, as `queue list` shows.");
    return text.toLowerCase();
  });
}

/** A job's ID, or the beginning of one, which is looked up later. */
export function jobId(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text) => {
    if (readIdPrefix(text) !== null) return text;
    throw new InvalidArgumentError(`It must be ${ID_FORM}, as \`queue list\` shows it.`);
  });
}

/** Counted from 1 by people, from 0 in the code. */
export function parseShard(text: string): { index: number; count: number } {
  const [, index, count] = /^(\d{1,3})\/(\d{1,3})$/.exec(text) ?? [];
  const shard = { index: Number(index) - 1, count: Number(count) };
  if (shard.index >= 0 && shard.index < shard.count) return shard;
  throw new InvalidArgumentError("It must be i/n with i from 1 to n, such as 2/8.");
}

/** The names of the table's columns. */
const SORT_COLUMNS: Readonly<Record<string, string>> = {
  created: "createdAt",
  // The youngest is the newest.
  age: "-createdAt",
  "-age": "createdAt",
  next: "nextRetryAt",
  retries: "retryCount",
};

export function parseSort(text: string): { field: SortField; descending: boolean } {
  const [, sign = "", column = ""] = /^(-?)(.*)$/s.exec(text) ?? [];
  const written = named(text) ?? `${sign}${named(column) ?? column}`;
  const descending = written.startsWith("-");
  const field = SORT_FIELDS.find((name) => name === written.replace(/^-/, ""));
  if (field !== undefined) return { field, descending };
  throw new InvalidArgumentError(
    `It must be one of ${SORT_FIELDS.join(", ")}, or a heading: NEXT, AGE, CREATED, RETRIES.`,
  );
}

function named(column: string): string | undefined {
  const name = column.toLowerCase();
  return Object.hasOwn(SORT_COLUMNS, name) ? SORT_COLUMNS[name] : undefined;
}
