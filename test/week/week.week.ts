// A week of cron with all that happens in one, or a night of it. Needs Debian's faketime and prometheus.
import { expect } from "chai";
import { expectBalance, expectSchedule, failedIn } from "./books.ts";
import { BEGINS_MS, NIGHT, WEEK } from "./calendar.ts";
import { describeFigures } from "./figures.ts";
import { firedIn, type OnFrom } from "./fired.ts";
import { openStage, type Stage } from "./stage.ts";
import { expectTidy } from "./tidy.ts";
import { isMail, live, type Lived } from "./week.ts";

const [CALENDAR, NAME] = process.env["WEEK"] === "1" ? [WEEK, "week"] : [NIGHT, "night"];
const { failover, pause, outage, deployment } = CALENDAR;
const HOUR = 60;

describe(`a ${NAME} of a run a minute, with an outage, a failover, a new key, a migration and a pause`, function () {
  // The clock of a week moves as fast as 10,080 processes start.
  this.timeout(5 * 3_600_000);
  let stage: Stage;
  let lived: Lived;
  let fired: Record<string, readonly OnFrom[]>;

  before(async () => {
    const settings = { JOB_RETENTION: `${CALENDAR.retention}m`, ZITADEL_RATE: "0" };
    stage = await openStage(BEGINS_MS - 60_000, settings);
    const begunMs = performance.now();
    lived = await live(stage, CALENDAR);
    const tookMs = performance.now() - begunMs;
    fired = await firedIn(lived.openMetrics, CALENDAR.minutes);
    process.stdout.write(`${describeFigures({ lived, fired, tookMs })}\n`);
  });
  after(() => stage?.close());

  it("gives each job exactly one end, and none a failure that it did not earn", () =>
    expectBalance(stage, lived.expected));

  it("tries again after 1, 5, 15, 60 and 240 minutes by the clock", () =>
    expectSchedule(stage, CALENDAR));

  it("leaves no table larger than it should be", () => expectTidy(stage, CALENDAR));

  it("mails of each failure once, and of an outage when it begins, once an hour and when it is over", async () => {
    const hours = Math.ceil((outage.ends - outage.begins) / HOUR);
    const due = [
      ...(await failedIn(stage)),
      ...[failover.begins, failover.begins + 1, deployment.begins, deployment.begins + 1],
      ...Array.from({ length: hours }, (_, hour) => outage.begins + hour * HOUR),
      outage.ends,
    ];

    // The run that begins during `migrate` may still meet the old schema.
    const mails = lived.ticks.filter((tick) => isMail(tick) && tick.minute !== deployment.ends);
    const isDue = (mailed: number) => due.some((minute) => Math.abs(minute - mailed) <= 1);

    const unexpected = mails
      .filter(({ minute }) => !isDue(minute))
      .map(({ minute, code, stdout, stderr }) => `${minute}: ${code} ${stdout}${stderr}`);
    expect(unexpected).to.deep.equal([]);
    const mailed = mails.map(({ minute }) => minute);
    expectNear([mailed], [[...new Set(due)].toSorted((a, b) => a - b)], 1);
  });

  it("raises each alert when it should, and no other", async () => {
    const { FailedPermanently = [], AccountsLate = [], ...others } = fired;

    expect(Object.keys(others).sort()).to.deep.equal(["BreakerOpen", "NoSuccess", "Paused"]);
    expectNear(others["NoSuccess"], [[outage.begins + 5, outage.ends]]);
    expectNear(others["BreakerOpen"], [[outage.begins + 7, outage.ends + 1]]);
    expectNear(others["Paused"], [[pause.begins + 6, pause.ends + 1]]);
    expectNear(AccountsLate, [
      [pause.begins + 19, pause.ends + 2],
      [outage.begins + 18, outage.ends + 1],
    ]);
    expectHourOfEach(FailedPermanently, await failedIn(stage));
  });
});

/** Each number is as expected, or so many minutes from it. */
function expectNear(
  found: readonly (OnFrom | readonly number[])[] = [],
  expected: readonly (readonly number[])[],
  slack = 2,
): void {
  const [is, due] = [found.flat(), expected.flat()];
  const shown = `${JSON.stringify(found)} for ${JSON.stringify(expected)}`;
  expect(is, shown).to.have.length(due.length);
  for (const [at, minute] of is.entries())
    expect(minute, shown).to.be.closeTo(due[at] ?? NaN, slack);
}

/** For an hour after each failure, and at no other time; the edges a few minutes from there. */
function expectHourOfEach(found: readonly OnFrom[], failures: readonly number[]): void {
  const on = new Set(
    found.flatMap(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, past) => first + past),
    ),
  );
  const missing = failures
    .flatMap((minute) => Array.from({ length: HOUR - 5 }, (_, past) => minute + 4 + past))
    .filter((minute) => minute <= CALENDAR.minutes && !on.has(minute));
  const unearned = [...on].filter(
    (minute) => !failures.some((failure) => minute >= failure && minute <= failure + HOUR + 3),
  );
  expect({ missing, unearned }).to.deep.equal({ missing: [], unearned: [] });
}
