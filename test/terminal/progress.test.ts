// The progress line: what fits, how often it is drawn, and other output to the same terminal.
import { EventEmitter, once } from "node:events";
import { expect } from "chai";
import { createProgressLine, progressText } from "../../src/terminal/progress-line.ts";

const SOME = {
  done: 120,
  total: 1000,
  counts: { created: 118, retried: 1, failed: 1, deferred: 0 },
};
const NONE = { done: 0, total: 1000, counts: { created: 0 } };

describe("the text of a progress line", () => {
  it("leaves out what matters less until it fits", () => {
    const widths = [120, 99, 79, 59, 39, 19, 5];

    const texts = widths.map((width) => progressText("retry-accounts", SOME, 3000, width));

    expect(texts).to.deep.equal([
      "retry-accounts  ██░░░░░░░░░░░░░░░░░░  120/1,000  40/s  22s left  created 118, retried 1, failed 1",
      "retry-accounts  ██░░░░░░░░░░░░░░░░░░  120/1,000  40/s  22s left  created 118, retried 1, failed 1",
      "retry-accounts  120/1,000  40/s  22s left  created 118, retried 1, failed 1",
      "120/1,000  40/s  22s left  created 118, retried 1, failed 1",
      "120/1,000  40/s  22s left",
      "120/1,000  22s left",
      "120/1,000",
    ]);
  });

  it("says no rate before it is one, and no end that nobody knows", () => {
    const unknown = { ...SOME, total: null };

    expect(progressText("purge-jobs", NONE, 3000, 79)).to.equal(
      "purge-jobs  ░░░░░░░░░░░░░░░░░░░░  0/1,000",
    );
    expect(progressText("purge-jobs", SOME, 999, 79)).not.to.match(/left|\/s/);
    expect(progressText("purge-jobs", unknown, 60_000, 79)).to.equal(
      "purge-jobs  120  2.0/s  created 118, retried 1, failed 1",
    );
  });

  it("does not go beyond its end where more was done than there seemed to be", () => {
    const more = { done: 1200, total: 1000, counts: {} };

    expect(progressText("purge-jobs", more, 12_000, 79)).to.equal(
      "purge-jobs  ████████████████████  1,200/1,000  100/s  0s left",
    );
  });
});

describe("a progress line", () => {
  const CLEAR = "\r\u001b[K";

  function givenLine() {
    const written: string[] = [];
    const clock = { ms: 0 };
    const drawing = new EventEmitter();
    const write = (text: string) => {
      written.push(text);
      drawing.emit("drawn");
    };
    const terminal = { isTTY: true, columns: 40, write };
    const line = createProgressLine("purge-jobs", terminal, () => clock.ms);
    return { line, clock, written, drawing };
  }

  it("is drawn ten times a second at most, and the last step is drawn in the end", async () => {
    const { line, clock, written, drawing } = givenLine();

    for (const ms of [0, 10, 99, 100, 150]) {
      clock.ms = ms;
      line.show({ done: ms, total: 1000, counts: {} });
    }
    const atOnce = [...written];
    await once(drawing, "drawn");

    const drawn = (done: number) =>
      `${CLEAR}${progressText("purge-jobs", { done, total: 1000, counts: {} }, 150, 39)}`;
    expect(atOnce).to.deep.equal([drawn(0), drawn(100)]);
    expect(written.slice(2)).to.deep.equal([drawn(150)]);
    line.end();
  });

  it("makes way for a line of the log and comes back below it", () => {
    const { line, written } = givenLine();
    line.show(NONE);
    const [drawn = ""] = written.splice(0);

    line.output.write("12:00:00 info job will be retried\n");
    line.end();

    expect(written).to.deep.equal([`${CLEAR}12:00:00 info job will be retried\n`, drawn, CLEAR]);
  });

  it("writes nothing where there was nothing to do", () => {
    const { line, written } = givenLine();

    line.show({ done: 0, total: 0, counts: {} });
    line.output.write("12:00:00 info nothing\n");
    line.end();

    expect(written).to.deep.equal(["12:00:00 info nothing\n"]);
  });
});
