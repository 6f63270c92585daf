// What comes next for a job, from its row alone.
import { expect } from "chai";
import { INFINITY, MINUS_INFINITY } from "../../src/domain/endless.ts";
import { nextStep, type JobOutlook, type NextStep } from "../../src/domain/next-step.ts";

const AT = new Date("2026-01-02T03:04:05Z");
const JOB: JobOutlook = {
  ...{ status: "pending", retryCount: 0, nextRetryAt: AT, lastErrorCode: null },
  ...{ waiting: true, due: false, leaseEndsAt: null, abandoned: false, erased: false },
};
const HELD = { status: "processing", waiting: false, leaseEndsAt: AT };
const FAILED = { status: "failed", waiting: false, nextRetryAt: null };
const nothing = (why: string) => ({ what: "nothing", at: null, why }) as NextStep;

const CASES: readonly (readonly [string, Partial<JobOutlook>, NextStep])[] = [
  ["a pending job is tried when its time comes", {}, { what: "try", at: AT, due: false }],
  ["one whose time has come is due", { due: true }, { what: "try", at: AT, due: true }],
  [
    "one that was never scheduled is due since ever",
    { nextRetryAt: null, due: true },
    { what: "try", at: null, due: true },
  ],
  [
    "one since minus infinity as well",
    { nextRetryAt: MINUS_INFINITY, due: true },
    { what: "try", at: MINUS_INFINITY, due: true },
  ],
  ["one at infinity is never tried", { nextRetryAt: INFINITY }, nothing("never")],
  [
    "a failed job with a next try is tried",
    { status: "failed" },
    { what: "try", at: AT, due: false },
  ],
  ["a held job is its run's to settle", HELD, { what: "settle", at: AT }],
  ["one whose lease is over is rescued", { ...HELD, abandoned: true }, { what: "rescue", at: AT }],
  ["a failed job waits for a requeue", FAILED, nothing("failed")],
  ["one without its password would fail again", { ...FAILED, erased: true }, nothing("erased")],
  [
    "a canceled one is canceled, erased or not",
    { ...FAILED, lastErrorCode: "canceled", erased: true },
    nothing("canceled"),
  ],
  [
    "one that was canceled, but is waiting again, is tried",
    { lastErrorCode: "canceled" },
    { what: "try", at: AT, due: false },
  ],
  [
    "a completed job is done",
    { ...FAILED, status: "completed", erased: true },
    nothing("completed"),
  ],
  [
    "also with an impossible retry_count",
    { ...FAILED, status: "completed", retryCount: 9 },
    nothing("completed"),
  ],
  ["a retry_count above 5 is not touched", { retryCount: 6, due: true }, nothing("left_alone")],
  ["a negative one as well", { ...HELD, retryCount: -1 }, nothing("left_alone")],
  ["an unknown status is not touched", { status: "archived" }, nothing("left_alone")],
];

describe("nextStep", () => {
  for (const [fact, change, expected] of CASES) {
    it(fact, () => {
      expect(nextStep({ ...JOB, ...change })).to.deep.equal(expected);
    });
  }
});
