// Batches grow while they are quick and shrink when they are slow; with other writers they pause in between.
import { expect } from "chai";
import { createBatchPace } from "../../src/postgres/batch-pace.ts";

/** So many batches at so many milliseconds a row, alone on the server. @returns the rows of each */
function rowsOf(batches: number, mostRows: number, msPerRow: number): number[] {
  const pace = createBatchPace(mostRows);
  const rows: number[] = [];
  for (let n = 0; n < batches; n += 1) {
    rows.push(pace.rows());
    pace.pauseAfter({ tookMs: pace.rows() * msPerRow, nextXid: 100 + 2 * n, ownXids: 1 });
  }
  return rows;
}

describe("a batch", () => {
  it("doubles up to the most rows while it is quick", () => {
    expect(rowsOf(7, 5000, 0.005)).to.deep.equal([250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  it("settles at what takes 30 ms", () => {
    expect(rowsOf(20, 5000, 0.02).at(-1)).to.equal(1500);
    expect(rowsOf(20, 5000, 0.2).at(-1)).to.equal(150);
  });

  it("is halved at most by one slow one, and never falls below 100 rows", () => {
    expect(rowsOf(4, 5000, 10)).to.deep.equal([250, 125, 100, 100]);
  });

  it("has no more rows than the operator allows, however few that is and however long it takes", () => {
    expect(rowsOf(3, 2, 0.001)).to.deep.equal([2, 2, 2]);
    expect(rowsOf(3, 2, 1000)).to.deep.equal([2, 2, 2]);
  });
});

describe("the next batch", () => {
  /** @returns the pauses after batches of 20 ms that begin at these transaction ids */
  const pauses = (...xids: (number | null)[]) => {
    const pace = createBatchPace(5000);
    return xids.map((nextXid) => pace.pauseAfter({ tookMs: 20, nextXid, ownXids: 1 }));
  };

  it("follows at once without other writers", () => {
    expect(pauses(10, 12, 14, 14, 16)).to.deep.equal([0, 0, 0, 0, 0]);
  });

  it("waits four times as long as the last one took where somebody does, and no longer than they do", () => {
    expect(pauses(10, 13, 15, 20, 22)).to.deep.equal([0, 80, 0, 80, 0]);
  });

  it("does not wait after one whose transaction id is not known", () => {
    expect(pauses(10, null, 40, 50)).to.deep.equal([0, 0, 0, 80]);
  });

  it("waits half a second at most", () => {
    const pace = createBatchPace(5000);
    pace.pauseAfter({ tookMs: 60_000, nextXid: 10, ownXids: 1 });

    expect(pace.pauseAfter({ tookMs: 60_000, nextXid: 20, ownXids: 1 })).to.equal(500);
  });
});
