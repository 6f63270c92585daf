// The filters of `queue list` and of every command that changes many jobs.
import { readMoment } from "../../command-line/read-moment.ts";
import { readChoices } from "../../command-line/read-choices.ts";
import { causeOf, type Cause } from "../../domain/cause.ts";
import { ERROR_CODES, type ErrorCode } from "../../domain/failure.ts";
import { isUuid, JOB_STATUSES, normalizeUsername, type JobStatus } from "../../domain/job.ts";
import { UsageError } from "../../errors.ts";
import { isKeyId } from "../../passwords/envelope-header.ts";
import type { JobFilter } from "./filter.sql.ts";

export interface FilterFlags {
  readonly status?: string[];
  readonly error?: string[];
  readonly family?: string;
  readonly username?: string;
  readonly createdBy?: string;
  readonly since?: string;
  readonly until?: string;
  readonly due?: boolean;
  readonly stuck?: boolean;
  readonly impossible?: boolean;
  readonly key?: string;
  readonly search?: string;
}

/** Whether any filter is set. */
export function isFiltered(flags: FilterFlags): boolean {
  return FILTERS.some((name) => flags[name] !== undefined);
}

const FILTERS = [
  "status", "error", "family", "username", "createdBy", "since", "until", "due", "stuck", "impossible",
  "key", "search",
] as const satisfies readonly (keyof FilterFlags)[]; // prettier-ignore

/** @throws UsageError naming the flag, the value and what is allowed */
export function readFilter(flags: FilterFlags): JobFilter {
  const errors = (flags.error ?? []).flatMap(readErrors);
  return {
    statuses: (flags.status ?? []).flatMap((text) =>
      readChoices<JobStatus>("--status", text, JOB_STATUSES),
    ),
    errors: errors.filter((error) => typeof error === "string"),
    causes: errors.filter((error) => typeof error !== "string"),
    familyId: uuid("--family", flags.family),
    username:
      flags.username === undefined ? null : normalizeUsername(meant("--username", flags.username)),
    createdBy: uuid("--created-by", flags.createdBy),
    since: readMoment("--since", flags.since),
    until: readMoment("--until", flags.until),
    due: flags.due === true,
    stuck: flags.stuck === true,
    impossible: flags.impossible === true,
    key: flags.key === undefined ? null : keyId(flags.key),
    search: flags.search === undefined ? null : meant("--search", flags.search),
  };
}

/** Each is an error code, or a fingerprint from `queue errors`. */
function readErrors(text: string): (ErrorCode | Cause)[] {
  return text.split(",").map((part) => {
    const code = ERROR_CODES.find((candidate) => candidate === part.trim().toLowerCase());
    const error = code ?? causeOf(part.trim());
    if (error !== null) return error;
    throw new UsageError(
      `--error is "${part}": it must be a fingerprint of \`queue errors\`, or one of ${ERROR_CODES.join(", ")}.`,
    );
  });
}

function keyId(text: string): string {
  const wrong = `--key is "${text}": it must be the ID of a key, as in \`keys list\`.`;
  if (!isKeyId(text)) throw new UsageError(wrong);
  return text;
}

/** An empty variable in a script must not select every job. */
function meant(flag: string, text: string): string {
  if (text.trim() === "") throw new UsageError(`${flag} is empty: it must say what to look for.`);
  return text;
}

function uuid(flag: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  if (!isUuid(text)) throw new UsageError(`${flag} is "${text}": it must be a UUID.`);
  return text.toLowerCase();
}
