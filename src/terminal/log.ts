// The run log on stderr: JSON lines for machines, one plain line for people.
import { json } from "./json.ts";
import type { LogConfig } from "../config/config.ts";
import type { OutputStream } from "./output.ts";
import { brokenAtBlanks } from "./say.ts";
import { columnsOf } from "./terminal-size.ts";

export type LogLevel = LogConfig["level"];

/** The fields that may be logged; no other field can be. */
export interface LogFields {
  readonly jobId?: string;
  readonly jobIds?: readonly string[];
  readonly outcome?: string;
  readonly reason?: string | null;
  readonly errorCode?: string;
  readonly grpcCode?: number | null;
  readonly zitadelErrorId?: string | null;
  readonly zitadelUserId?: string;
  readonly message?: string;
  readonly durationMs?: number | null;
  readonly retryCount?: number;
  readonly delayMs?: number;
}

export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

const RANK: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

export interface RunLog {
  readonly log: Log;
  /** From now on, JSON lines have this ID. */
  readonly begin: (runId: string) => void;
}

export function createLog(config: LogConfig, stream: OutputStream): RunLog {
  let run: { runId?: string } = {};
  const pretty = config.format === "pretty" || (config.format === "auto" && stream.isTTY === true);
  const log: Log = (level, event, fields = {}) => {
    if (RANK[level] > RANK[config.level]) return;
    // A terminal shows a single run, whose ID would take half of each line.
    const line = pretty
      ? fitted(prettyLine(level, event, fields), stream)
      : json({ time: new Date().toISOString(), level, event, ...run, ...fields });
    stream.write(`${line}\n`);
  };
  return { log, begin: (runId) => void (run = { runId }) };
}

function prettyLine(level: LogLevel, event: string, fields: LogFields): string {
  const parts = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === "string" ? quoted(value) : json(value)}`);
  return [new Date().toISOString().slice(11, 19), level.padEnd(5), event, ...parts].join(" ");
}

/** A terminal would break it within an ID. */
function fitted(line: string, stream: OutputStream): string {
  return stream.isTTY === true ? brokenAtBlanks(line, columnsOf(stream), BEFORE_EVENT) : line;
}

const BEFORE_EVENT = "12:00:00 debug ".length;

function quoted(text: string): string {
  return /^[\w.:-]+$/.test(text) ? text : json(text);
}
