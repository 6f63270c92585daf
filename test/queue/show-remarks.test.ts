// What queue show remarks about the times of a row: those that cannot be right, and no others.
import { expect } from "chai";
import { INFINITY, MINUS_INFINITY } from "../../src/domain/endless.ts";
import { remarksOn } from "../../src/queue/show/remarks.ts";

const NOW = new Date("2026-01-31T08:00:00Z");
const MINUTE_MS = 60_000;
const ahead = (minutes: number) => new Date(NOW.getTime() + minutes * MINUTE_MS);

const LOCAL = /It was probably written in local time: .* UTC \(docs\/enqueueing\.md\)\.$/;
const FAST = /The clock of the host that wrote it is fast, or /;
const WRONG = /Correct it in the database: /;

describe("the remarks of queue show", () => {
  for (const [minutes, said, cause] of [
    [1, "60s", FAST],
    [14, "14m", FAST],
    [60, "60m", LOCAL],
    [14 * 60, "14h", LOCAL],
    [15 * 60, "15h", WRONG],
    [9 * 24 * 60, "9d", WRONG],
  ] as const) {
    it(`say by how much created_at is ahead, and what explains it: ${said}`, () => {
      const times = { createdAt: ahead(minutes), updatedAt: ahead(-1) };

      const [remark, ...others] = remarksOn(times, ahead(-2), NOW);

      expect(others).to.deep.equal([]);
      expect(remark?.code).to.equal("created_ahead");
      expect(remark?.text).to.include(`Its created_at is ${said} ahead of the database's clock.`);
      expect(remark?.text).to.match(cause);
    });
  }

  it("say that a job was created after something had been done to it", () => {
    const remarks = remarksOn({ createdAt: ahead(-10), updatedAt: ahead(-5) }, ahead(-130), NOW);

    expect(remarks.map(({ code }) => code)).to.deep.equal(["created_late"]);
    expect(remarks[0]?.text)
      .to.include("Its created_at is 2h later than the first thing that happened to it.")
      .and.to.match(LOCAL);
  });

  it("name both times where both are ahead", () => {
    const remarks = remarksOn({ createdAt: ahead(120), updatedAt: ahead(120) }, null, NOW);

    expect(remarks.map(({ code }) => code)).to.deep.equal(["created_ahead", "updated_ahead"]);
  });

  for (const [what, createdAt, firstAt] of [
    ["times that are over", ahead(-60), ahead(-50)],
    ["clocks that differ a little", new Date(NOW.getTime() + 4000), null],
    ["the moment itself", ahead(-10), ahead(-10)],
    ["infinity", INFINITY, ahead(-10)],
    ["minus infinity", MINUS_INFINITY, ahead(-10)],
  ] as const) {
    it(`are silent about ${what}`, () => {
      expect(remarksOn({ createdAt, updatedAt: createdAt }, firstAt, NOW)).to.deep.equal([]);
    });
  }
});
