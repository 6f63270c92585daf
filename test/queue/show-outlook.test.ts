// Why a job is not running and what comes next, from facts alone: one situation after the other.
import { expect } from "chai";
import { failure } from "../../src/domain/failure.ts";
import type { PastAttempt } from "../../src/queue/show/history.sql.ts";
import { outlookOf } from "../../src/queue/show/show.ts";
import type { JobFacts } from "../../src/queue/show/facts.ts";

const NOW = new Date("2026-01-31T08:00:00Z");
const MINUTE_MS = 60_000;
const ID = "3f0c6c1e-0000-4000-8000-000000000001";
const RUN = "3f0c6c1e-0000-4000-8000-00000000000a";

const ago = (minutes: number) => new Date(NOW.getTime() - minutes * MINUTE_MS);

/** A pending job, due a minute ago, without obstacles; `change` adds some. */
function givenFacts(change: Partial<JobFacts> = {}, job: Partial<JobFacts["job"]> = {}): JobFacts {
  return {
    now: NOW,
    schedule: { delaysMs: [1, 5, 15, 60, 240].map((minutes) => minutes * MINUTE_MS), jitter: 0 },
    job: {
      ...{ id: ID, familyId: ID, username: "kim", fullName: "Kim Smith", role: "managed_account" },
      ...{ status: "pending", retryCount: 0, nextRetryAt: ago(1), createdByUserId: ID },
      ...{ lastErrorCode: null, lastErrorMessage: null, createdAt: ago(2), updatedAt: ago(2) },
      ...{ completedAt: null, zitadelUserId: null, ...job },
    },
    step: { what: "try", at: ago(1), due: true },
    ...{
      holder: null,
      leaseEndsAt: null,
      password: "present",
      keyId: null,
      missingKey: null,
      family: "present",
    },
    ...{ invalidity: null, attempts: [], working: [], lastRun: givenRun() },
    breaker: { openedAt: null, pausedUntil: null, reason: null },
    pause: null,
    ...change,
  };
}

function givenRun(change: Partial<NonNullable<JobFacts["lastRun"]>> = {}) {
  return {
    ...{ runId: RUN, command: "retry-accounts", host: "pod-1", pid: 7, version: "1", counts: {} },
    ...{ startedAt: ago(3), finishedAt: ago(3), durationMs: 20, reason: null },
    outcome: "completed" as const,
    ...change,
  };
}

function givenAttempt(errorCode: string | null, change: Partial<PastAttempt> = {}): PastAttempt {
  return {
    ...{ at: ago(10), outcome: errorCode === null ? "created" : "retried", retryCount: 1 },
    ...{ errorCode, grpcCode: null, zitadelErrorId: null, message: null, durationMs: 30_012 },
    ...{ runId: RUN, traceparent: null },
    ...change,
  };
}

const HELD = { runId: RUN, command: "retry-accounts", host: "pod-1", pid: 7 };
const AT_WORK = {
  runId: RUN,
  since: ago(2),
  host: "pod-1",
  pid: 7,
  leaseEndedAt: null,
  hangs: false,
};

const codes = (facts: JobFacts) => outlookOf(facts).whyNotNow.map(({ code }) => code);
const texts = (facts: JobFacts) => outlookOf(facts).whyNotNow.map(({ text }) => text);

describe("why a job is not running now", () => {
  it("is its time, if it is not due yet", () => {
    const step = { what: "try", at: ago(-12), due: false } as const;

    expect(outlookOf(givenFacts({ step }, { retryCount: 2 })).whyNotNow).to.deep.equal([
      {
        code: "scheduled",
        text: "It waits for retry 2 of 5 until 2026-01-31T08:12:00Z (in 12m).",
      },
    ]);
    expect(texts(givenFacts({ step }))).to.deep.equal([
      "It is postponed until 2026-01-31T08:12:00Z (in 12m).",
    ]);
  });

  it("is that no run has started since it was due, with the outcome of the last one", () => {
    expect(texts(givenFacts())).to.deep.equal([
      "It has been due since 2026-01-31T07:59:00Z (60s ago). It waits for a run of retry-accounts. " +
        "The last run started at 2026-01-31T07:57:00Z (3m ago) and ended completed.",
    ]);
    const refused = givenRun({ outcome: "refused", reason: "the key is not current." });
    expect(texts(givenFacts({ lastRun: refused }))[0]).to.match(
      /and ended refused: the key is not current\.$/,
    );
    const died = givenRun({ outcome: "died", startedAt: ago(16), finishedAt: null });
    expect(texts(givenFacts({ lastRun: died }))[0]).to.match(
      /and died before it recorded how it ended\. Is it still scheduled\?$/,
    );
    expect(texts(givenFacts({ lastRun: null }))[0]).to.match(/is it scheduled\?$/);
  });

  it("asks whether runs are scheduled only where none ran for long and nothing else explains it", () => {
    const old = { outcome: "completed", startedAt: ago(20) } as const;
    const asks = (facts: Partial<JobFacts>) =>
      texts(givenFacts(facts)).join(" ").includes("Is it still scheduled?");
    const pause = { since: ago(30), until: null, actor: "kim", reason: "upgrade" };
    const lastRun = givenRun({ ...old, finishedAt: ago(20) });

    expect(asks({ lastRun })).to.equal(true);
    expect(asks({ lastRun: givenRun({ ...old, finishedAt: ago(1) }) })).to.equal(false);
    expect(asks({ lastRun, pause })).to.equal(false);
    expect(asks({ lastRun, missingKey: "2025-07" })).to.equal(false);
    expect(texts(givenFacts({ pause })).join(" ")).to.include(
      "To continue: ask kim first, then `family-hub-jobs queue resume`.",
    );
  });

  it("counts from its creation for a job that was never scheduled", () => {
    const step = { what: "try", at: null, due: true } as const;

    expect(texts(givenFacts({ step }))[0]).to.match(/^It has been due since 2026-01-31T07:58:00Z/);
  });

  it("is the run that has it under a lease, alive or dead", () => {
    const step = { what: "settle", at: ago(-4) } as const;
    const job = { status: "processing" };

    const alive = outlookOf(givenFacts({ step, holder: HELD, working: [AT_WORK] }, job));
    const dead = outlookOf(givenFacts({ step, holder: HELD }, job));

    expect(alive.whyNotNow).to.deep.equal([
      {
        code: "leased",
        text:
          `Run ${RUN} (host pod-1, pid 7) is working on it, under a lease until ` +
          "2026-01-31T08:04:00Z (in 4m), which it renews while it runs.",
      },
    ]);
    expect(dead.whyNotNow[0]?.code).to.equal("leased");
    expect(dead.whyNotNow[0]?.text).to.include("but it is no longer running");
    expect(dead.nextTry).to.equal("The run that holds the job reports how the attempt ends.");
  });

  it("is that something other than a run of this tool holds it", () => {
    const holder = { runId: null, command: null, host: null, pid: null };
    const step = { what: "settle", at: ago(-4) } as const;

    const [reason] = outlookOf(givenFacts({ step, holder }, { status: "processing" })).whyNotNow;

    expect(reason?.code).to.equal("held_elsewhere");
    expect(reason?.text).to.include("FamilyHub's API or an older worker");
    const over = { what: "rescue", at: ago(1) } as const;
    expect(codes(givenFacts({ step: over, holder }, { status: "processing" }))).to.deep.equal([
      "stuck",
    ]);
  });

  it("is that its run died, when the lease has ended", () => {
    const step = { what: "rescue", at: ago(1) } as const;

    const dead = texts(givenFacts({ step, holder: HELD }, { status: "processing" }));
    const hung = outlookOf(
      givenFacts(
        { step, holder: HELD, working: [{ ...AT_WORK, leaseEndedAt: ago(1), hangs: true }] },
        { status: "processing" },
      ),
    );

    expect(dead).to.deep.equal([
      `Run ${RUN} (host pod-1, pid 7) died while working on it; its lease ended at ` +
        "2026-01-31T07:59:00Z (60s ago). The next run that reaches Zitadel recovers it.",
    ]);
    expect(hung.whyNotNow.map(({ code }) => code)).to.deep.equal(["stuck", "locked"]);
    expect(hung.whyNotNow[0]?.text)
      .to.include("has not renewed its lease")
      .and.to.match(/When that run has been ended, the next run .* recovers it\.$/);
    expect(hung.whyNotNow[1]?.text).to.equal(
      `Run ${RUN} (host pod-1, pid 7) has held the lock of retry-accounts for 2m, and no longer ` +
        "renews its leases: it hangs and blocks other runs. End it (`doctor -q` shows how): " +
        "nothing is lost, the next run continues.",
    );
  });

  it("is that Zitadel is unavailable, and a run that is working, in addition to its time", () => {
    const breaker = { openedAt: ago(12), pausedUntil: null, reason: "too many faults." };
    const paused = { ...breaker, pausedUntil: ago(-1) };

    const open = outlookOf(givenFacts({ breaker, working: [AT_WORK, AT_WORK] })).whyNotNow;

    expect(open.map(({ code }) => code)).to.deep.equal(["due", "breaker_open", "locked"]);
    expect(open[0]?.text).not.to.include("The last one began");
    expect(open[1]?.text).to.match(
      /^The breaker has been open since 2026-01-31T07:48:00Z \(12m ago\): too many faults\. /,
    );
    expect(open[2]?.text).to.match(
      /^Run .* \(host pod-1, pid 7\) has held the lock of retry-accounts for 2m, and 1 more: /,
    );
    expect(codes(givenFacts({ breaker: paused }))).to.deep.equal(["due", "paused"]);
    const lastRun = givenRun({ outcome: "unavailable", reason: breaker.reason });
    expect(texts(givenFacts({ breaker, lastRun }))[0]).to.match(/and ended unavailable\.$/);
  });

  it("is what will keep it from succeeding: family, name, password, key", () => {
    const invalidity = failure(
      "username_taken",
      "The username belongs to another user in FamilyHub",
    );
    const missing = failure("invalid_argument", "The family does not exist in FamilyHub");

    expect(codes(givenFacts({ invalidity }))).to.deep.equal(["due", "username_taken"]);
    expect(codes(givenFacts({ invalidity: missing, family: "missing" }))).to.deep.equal([
      ...["due", "family_missing"],
    ]);
    expect(codes(givenFacts({ invalidity: missing }))).to.deep.equal(["due", "invalid_argument"]);
    expect(codes(givenFacts({ password: "erased" }))).to.deep.equal(["due", "password_erased"]);
    expect(texts(givenFacts({ missingKey: "2025" }))[1]).to.equal(
      'Its password key "2025" is not in the ring. Until the key is restored, the job waits without using up retries.',
    );
  });

  it("is that the job is done, or that runs skip such a row", () => {
    const nothing = (
      why: "completed" | "failed" | "erased" | "canceled" | "never" | "left_alone",
    ) => ({ step: { what: "nothing", at: null, why } }) as const;
    const cases: [string, Parameters<typeof givenFacts>][] = [
      ["completed", [nothing("completed"), { status: "completed", zitadelUserId: "z1" }]],
      ["failed", [nothing("failed"), { status: "failed", lastErrorCode: "timeout" }]],
      ["failed", [{ ...nothing("erased"), password: "erased" }, { status: "failed" }]],
      ["canceled", [nothing("canceled"), { status: "failed", lastErrorCode: "canceled" }]],
      ["never", [nothing("never"), { nextRetryAt: new Date(Number.NaN) }]],
      ["unknown_status", [nothing("left_alone"), { status: "archived" }]],
      ["impossible_retry_count", [nothing("left_alone"), { retryCount: 9 }]],
    ];

    for (const [code, args] of cases)
      expect(codes(givenFacts(...args)), code).to.deep.equal([code]);
    const [failed] = texts(
      givenFacts(nothing("failed"), {
        ...{ status: "failed", lastErrorCode: "timeout", lastErrorMessage: "no answer in time." },
      }),
    );
    expect(failed).to.equal(
      "It failed permanently at 2026-01-31T07:58:00Z (2m ago): timeout: no answer in time.",
    );
  });
});

describe("what the next try will do", () => {
  const next = (...args: Parameters<typeof givenFacts>) => outlookOf(givenFacts(...args)).nextTry;

  it("is to create, and what follows if that fails", () => {
    expect(next({}, { retryCount: 2 })).to.equal(
      "Attempt 3 of 6 asks Zitadel to create the account with the job's ID. " +
        "If Zitadel fails, retry 3 of 5 follows 15m later; if Zitadel refuses, the job fails permanently.",
    );
    expect(next({}, { retryCount: 5 })).to.match(/^Attempt 6 of 6 .* It is the last one: /);
  });

  it("is to adopt, where an earlier attempt may have created the account", () => {
    expect(next({ attempts: [givenAttempt("timeout")] })).to.match(
      /then Zitadel refuses the ID, .* adopts it/,
    );
    expect(next({ attempts: [givenAttempt("username_taken")] })).not.to.include("adopt");
  });

  it("costs a retry after a run that died, and creates nothing when all are used up", () => {
    const step = { what: "rescue", at: ago(1) } as const;
    const job = { status: "processing" };

    expect(next({ step, holder: HELD }, job)).to.match(
      /^Recovering the job uses up retry 1 of 5, which is due at once\. Attempt 2 of 6 .* adopts it\. If .* retry 2 of 5 follows 5m later/,
    );
    expect(next({ step, holder: HELD }, { ...job, retryCount: 5 })).to.match(
      /^The run asks Zitadel for the account and creates none/,
    );
  });

  it("fails without asking Zitadel where the job cannot become an account", () => {
    const invalidity = failure("invalid_argument", "The full name is blank");

    expect(next({ invalidity })).to.equal(
      "Attempt 1 of 6 fails permanently without asking Zitadel: The full name is blank.",
    );
    expect(next({ password: "erased" })).to.match(
      /without asking Zitadel: there is no password\.$/,
    );
  });

  it("names no retry that RETRY_DELAYS no longer has", () => {
    const schedule = { delaysMs: [MINUTE_MS], jitter: 0 };

    expect(next({ schedule }, { retryCount: 4 })).to.match(/^One more attempt .* the last one/);
    const step = { what: "try", at: ago(-1), due: false } as const;
    expect(texts(givenFacts({ schedule, step }, { retryCount: 4 }))[0]).to.include(
      "its last retry",
    );
  });
});

describe("what a requeue would change", () => {
  const failed = (lastErrorCode: string | null, change: Partial<JobFacts> = {}) =>
    outlookOf(
      givenFacts(
        { step: { what: "nothing", at: null, why: "failed" }, ...change },
        { status: "failed", retryCount: 5, lastErrorCode },
      ),
    ).requeue;

  it("is to grant all the retries again, with what must happen first", () => {
    expect(failed("timeout")).to.deep.equal({
      possible: true,
      text: `\`fhj queue requeue ${ID}\` makes it due at once, with all 5 retries again. Requeue it once Zitadel is healthy.`,
    });
    expect(failed("username_taken").text).to.match(
      /Requeue it only once the username is free; otherwise it fails again\. `fhj queue verify \S+` shows who has the username now\.$/,
    );
    expect(failed("id_taken").text).to.match(
      /Requeue it only if nobody else has this ID any more \(never delete an account for that\); otherwise it fails again\. `fhj queue verify \S+` shows who has the ID now\.$/,
    );
    expect(failed("undecryptable").text).to.match(
      /But requeueing fails again: `queue add` a new job\.$/,
    );
    expect(failed(null).text).to.match(/retries again\.$/);
  });

  it("goes by what Zitadel's error id says", () => {
    const attempts = [
      givenAttempt("invalid_argument", { outcome: "failed", zitadelErrorId: "CRYPT-2xK7d" }),
    ];

    expect(failed("invalid_argument", { attempts }).text).to.include(
      "once Zitadel accepts such password hashes",
    );
  });

  it("is nothing for any other job, with the reason", () => {
    const cases: [Partial<JobFacts>, Partial<JobFacts["job"]>, RegExp][] = [
      [{}, {}, /already pending/],
      [{}, { status: "processing" }, /a run holds it/],
      [{}, { status: "completed" }, /already completed/],
      [{}, { status: "archived" }, /"archived", which runs skip/],
      [{}, { status: "failed", retryCount: 9 }, /retry_count is 9/],
      [{ password: "erased" }, { status: "failed" }, /its password has been erased; `queue add`/],
    ];

    for (const [facts, job, said] of cases) {
      const { possible, text } = outlookOf(givenFacts(facts, job)).requeue;
      expect(possible, text).to.equal(false);
      expect(text).to.match(said);
    }
  });

  it("is unsure where the password may not be looked at", () => {
    expect(failed("timeout", { password: "unknown" }).text).to.include(
      "if its password is still there",
    );
  });
});
