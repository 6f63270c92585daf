// Remarks on implausible times in a job's row: no run depends on them, but they confuse people.
import { isEndless } from "../../domain/endless.ts";
import { span } from "../../domain/when.ts";
import type { ListedJob } from "../../queue-table/listed-job.sql.ts";

export interface Remark {
  /** `created_late`: after something had already been done to the job. */
  readonly code: "created_ahead" | "updated_ahead" | "created_late";
  /** Whole sentences. */
  readonly text: string;
}

/**
 * FamilyHub writes these times; this tool only compares them with its own and the database's.
 * @param firstAt when an operator or a run first changed the job; null if nobody has
 */
export function remarksOn(
  { createdAt, updatedAt }: Pick<ListedJob, "createdAt" | "updatedAt">,
  firstAt: Date | null,
  now: Date,
): Remark[] {
  const createdAhead = aheadMs(createdAt, now);
  const updatedAhead = aheadMs(updatedAt, now);
  const createdLate = firstAt === null ? 0 : aheadMs(createdAt, firstAt);
  const remarks: Remark[] = [];
  const remark = (code: Remark["code"], ms: number, what: string) =>
    remarks.push({ code, text: `${what} ${causeOf(ms)}` });
  if (createdAhead > 0) {
    const what = `Its created_at is ${span(createdAhead)} ahead of the database's clock.`;
    remark("created_ahead", createdAhead, `${what} ${NOT_ADOPTED}`);
  } else if (createdLate > 0) {
    const what = `Its created_at is ${span(createdLate)} later than the first thing that happened to it.`;
    remark("created_late", createdLate, `${what} ${NOT_ADOPTED}`);
  }
  if (updatedAhead > 0)
    remark(
      "updated_ahead",
      updatedAhead,
      `Its updated_at is ${span(updatedAhead)} ahead of the database's clock.`,
    );
  return remarks;
}

/** Clocks of two hosts may differ by this much. */
const CLOCKS_APART_MS = 5000;

/** 0 if it is not ahead, or not a time. */
function aheadMs(at: Date, of: Date): number {
  const ms = at.getTime() - of.getTime();
  return isEndless(at) || ms <= CLOCKS_APART_MS ? 0 : ms;
}

const NOT_ADOPTED =
  "An account that an earlier attempt left in Zitadel looks older than the job and may not be adopted.";

/** Time zones differ from UTC by at least a quarter of an hour, and are ahead of it by at most 14 hours. */
const [LEAST_OFFSET_MS, MOST_OFFSET_MS] = [15 * 60_000, 14 * 3_600_000];

function causeOf(ms: number): string {
  if (ms > MOST_OFFSET_MS)
    return "Correct it in the database: no clock and no time zone explains it.";
  // Some of a time zone's hours may have passed by now.
  if (ms > LEAST_OFFSET_MS)
    return "It was probably written in local time: FamilyHub's times must be in UTC (docs/enqueueing.md).";
  return "The clock of the host that wrote it is fast, or it was written in local time instead of UTC.";
}
