// How a job's story looks on a terminal: its fields, its outlook and its past.
import { expect } from "chai";
import { formatJob } from "../../src/queue/show/show.text.ts";
import type { PastAttempt } from "../../src/queue/show/history.sql.ts";
import type { Outlook, ShownJob, TimelineEntry } from "../../src/queue/show/show.ts";

const NOW = new Date("2026-01-02T12:00:00.000Z");
const ago = (seconds: number) => new Date(NOW.getTime() - seconds * 1000);
const ID = "3f0c6c1e-0000-4000-8000-000000000001";
const RUN = "3f0c6c1e-0000-4000-8000-000000000002";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const USER = "3f0c6c1e-0000-4000-8000-000000000003";

const JOB: ShownJob = {
  ...{ id: ID, familyId: USER, username: "kid_smith", fullName: "Kim Smith", role: "member" },
  ...{ status: "pending", retryCount: 1, nextRetryAt: ago(-250), lastErrorCode: "timeout" },
  ...{ lastErrorMessage: "No answer", createdByUserId: USER, createdAt: ago(3 * 86_400) },
  ...{ updatedAt: ago(50), completedAt: null, zitadelUserId: null },
  ...{ password: "present", keyId: "2026-01" },
};
const CREATED: TimelineEntry = { at: JOB.createdAt, kind: "created", createdByUserId: USER };

const OUTLOOK: Outlook = {
  whyNotNow: [
    { code: "scheduled", text: "It waits for retry 1 of 5." },
    { code: "breaker_open", text: "The breaker is open:\u001b[2J Zitadel is away." },
  ],
  nextTry: "Attempt 2 of 6 asks Zitadel.",
  requeue: { possible: false, text: "It is already pending." },
};

function story(timeline: readonly TimelineEntry[], job: Partial<ShownJob> = {}, terminal = true) {
  const style = { terminal, color: false, now: NOW, retries: 5 };
  return formatJob({ job: { ...JOB, ...job }, ...OUTLOOK, remarks: [], timeline, now: NOW }, style);
}

describe("a job's story on a terminal", () => {
  it("reports how long ago and in how long, and the exact times once", () => {
    const text = story([
      CREATED,
      {
        ...{ at: ago(7300), kind: "attempt", outcome: "retried", retryCount: 1, runId: RUN },
        ...{ errorCode: "timeout", grpcCode: 4, zitadelErrorId: null, message: "No answer" },
        durationMs: 30_000,
        traceparent: `00-${TRACE}-00f067aa0ba902b7-01`,
      },
      {
        ...{ at: ago(50), kind: "action", verb: "requeue", actor: "alice@ops", reason: null },
        actionId: null,
        before: { status: "failed", nextRetryAt: null, retryCount: 5, kept: 1 },
        after: {
          ...{ status: "pending", nextRetryAt: ago(50).toISOString(), retryCount: 0, kept: 1 },
          more: ago(-250).toISOString(),
        },
      },
      { at: ago(-250), kind: "next", what: "try", due: false },
    ]);

    expect(text).to.equal(`Job           ${ID}
Status        pending
Retries       1 of 5
Next          in 4m (2026-01-02T12:04:10.000Z)
Last error    timeout
Message       No answer
Username      kid_smith
Name          Kim Smith
Role          member
Family        ${USER}
Created by    ${USER}
Created       3d ago (2025-12-30T12:00:00.000Z)
Updated       50s ago (2026-01-02T11:59:10.000Z)
Completed     <none>
Zitadel user  <none>
Password      present, key 2026-01

Why not now   It waits for retry 1 of 5.
              The breaker is open: [2J Zitadel is away.
Next try      Attempt 2 of 6 asks Zitadel.
Requeue       It is already pending.

WHEN     WHAT     DETAILS
3d ago   created  by user ${USER}
2h ago   attempt  timeout: to be tried again, retry 1 of 5
                  No answer
                  gRPC code 4, took 30000 ms, run ${RUN}, trace ${TRACE}
50s ago  action   requeue by alice@ops
                  status failed -> pending, next try none -> at once, retries 5 -> 0, more none -> in 4m
`);
  });

  it("shows an attempt that nobody could time, a deferral and an adoption", () => {
    const attempt = (change: Pick<PastAttempt, "outcome" | "errorCode" | "durationMs">) => ({
      ...{ at: ago(60), kind: "attempt" as const, retryCount: 1, runId: RUN },
      ...{ grpcCode: null, zitadelErrorId: null, message: null, traceparent: null, ...change },
    });

    const text = story([
      attempt({ outcome: "retried", errorCode: "interrupted", durationMs: 0 }),
      attempt({ outcome: "deferred", errorCode: "rate_limited", durationMs: 5 }),
      attempt({ outcome: "adopted", errorCode: null, durationMs: 5 }),
    ]);

    expect(text).to.include(`interrupted: to be tried again, retry 1 of 5\n${" ".repeat(18)}run`);
    expect(text).to.include("rate_limited: postponed, no retry used up");
    expect(text).to.include("account adopted: an earlier attempt had created it");
  });
});
