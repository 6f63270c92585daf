// What keeps a waiting job from running, apart from its time.
import { span, formatMoment } from "../../domain/when.ts";
import { resumeAdvice } from "../../queue-table/pause.sql.ts";
import type { WorkingRun } from "../../runs/working-runs.sql.ts";
import type { JobFacts } from "./facts.ts";
import { because, reason, hostAndPid, type Reason } from "./reason.ts";

/** The pause that an operator set. */
export function pausedByOperator({ pause, now }: JobFacts): Reason[] {
  if (pause === null) return [];
  const until = pause.until === null ? "`queue resume`" : formatMoment(pause.until, now);
  const why = because(pause.reason);
  return [
    reason(
      "queue_paused",
      `The queue is paused until ${until} by ${pause.actor}${why}. No run starts a job before then. ` +
        `To continue: ${resumeAdvice(pause.actor)}.`,
    ),
  ];
}

/** What is known about Zitadel's health. */
export function zitadel({
  breaker: { pausedUntil, openedAt, reason: why },
  now,
}: JobFacts): Reason[] {
  const cause = because(why);
  if (pausedUntil !== null) {
    const until = formatMoment(pausedUntil, now);
    return [
      reason(
        "paused",
        `no calls to Zitadel until ${until}${cause}. No run starts a job before then.`,
      ),
    ];
  }
  if (openedAt === null) return [];
  const since = formatMoment(openedAt, now);
  const probe = "Until Zitadel answers again, runs try at most one job.";
  return [reason("breaker_open", `The breaker has been open since ${since}${cause}. ${probe}`)];
}

/** The lock that another run would need. */
export function working({ working: runs, now }: JobFacts): Reason[] {
  const [oldest] = runs;
  if (oldest === undefined) return [];
  const since = oldest.since === null ? "" : ` for ${span(now.getTime() - oldest.since.getTime())}`;
  const who = `Run ${oldest.runId}${hostAndPid(oldest)} has held the lock of retry-accounts${since}`;
  const hung = runs.find((run) => run.hangs);
  if (hung !== undefined) return [hangs(hung, now)];
  const others = runs.length > 1 ? `, and ${runs.length - 1} more` : "";
  return [
    reason("locked", `${who}${others}: it will process this job, or leave it to the next run.`),
  ];
}

/** Killing is safe: the next run recovers the jobs, and asks for accounts that already exist. */
function hangs(run: WorkingRun, now: Date): Reason {
  const since = run.since === null ? "" : ` for ${span(now.getTime() - run.since.getTime())}`;
  return reason(
    "locked",
    `Run ${run.runId}${hostAndPid(run)} has held the lock of retry-accounts${since}, and ` +
      `${run.leaseEndedAt === null ? "processes no job" : "no longer renews its leases"}: it hangs and blocks other runs. End it (\`doctor -q\` shows how): ` +
      "nothing is lost, the next run continues.",
  );
}

/** What will make the next attempt fail. */
export function lastingObstacles(facts: JobFacts): Reason[] {
  const { job, invalidity, family, password, missingKey } = facts;
  const reasons: Reason[] = [];
  if (family === "missing") {
    reasons.push(
      reason("family_missing", `Its family ${job.familyId} does not exist in FamilyHub.`),
    );
  } else if (family === "deleted") {
    reasons.push(reason("family_deleted", `Its family ${job.familyId} was deleted in FamilyHub.`));
  } else if (invalidity !== null) {
    const code = invalidity.code === "username_taken" ? "username_taken" : "invalid_argument";
    reasons.push(reason(code, `It cannot be created as it is: ${invalidity.message}.`));
  }
  if (password === "erased")
    reasons.push(reason("password_erased", "Its password has been erased."));
  if (missingKey !== null) {
    const wait = "Until the key is restored, the job waits without using up retries.";
    reasons.push(
      reason("key_missing", `Its password key "${missingKey}" is not in the ring. ${wait}`),
    );
  }
  return reasons;
}
