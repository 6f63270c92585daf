// The run log on stderr: JSON lines for machines, one plain line for people.
import { json } from "./json.ts";
import type { LogConfig } from "../config/config.ts";

export type LogLevel = LogConfig["level"];

/** What may be logged; a field that is not here cannot be. */
export interface LogFields {
  readonly runId?: string;
  readonly jobId?: string;
  readonly jobIds?: readonly string[];
  readonly outcome?: string;
  readonly reason?: string | null;
  readonly errorCode?: string;
  readonly grpcCode?: number | null;
  readonly zitadelErrorId?: string | null;
  readonly message?: string;
  readonly durationMs?: number | null;
  readonly retryCount?: number;
  readonly delayMs?: number;
  readonly missingKeys?: readonly string[];
}

export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

const RANK: Record<LogLevel, number> = { error: 0, warn: 1, info: 2, debug: 3 };

export function createLog(
  config: LogConfig,
  stream: { write(text: string): unknown; isTTY?: boolean },
): Log {
  const pretty = config.format === "pretty" || (config.format === "auto" && stream.isTTY === true);
  return (level, event, fields = {}) => {
    if (RANK[level] > RANK[config.level]) return;
    const line = pretty ? prettyLine(level, event, fields) : jsonLine(level, event, fields);
    stream.write(`${line}\n`);
  };
}

function jsonLine(level: LogLevel, event: string, fields: LogFields): string {
  return json({ time: new Date().toISOString(), level, event, ...fields });
}

function prettyLine(level: LogLevel, event: string, fields: LogFields): string {
  const parts = Object.entries(fields)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === "string" ? quoted(value) : json(value)}`);
  return [new Date().toISOString().slice(11, 19), level.padEnd(5), event, ...parts].join(" ");
}

function quoted(text: string): string {
  return /^[\w.:-]+$/.test(text) ? text : json(text);
}
