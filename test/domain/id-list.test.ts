// Any number of job ids, in order and each once.
import { expect } from "chai";
import fc from "fast-check";
import { IdList } from "../../src/domain/id-list.ts";

describe("IdList", () => {
  it("is what a Set of the ids in small letters would be, whatever is added", () => {
    // Few different ids, so that many come twice.
    const id = fc.uuid().chain((text) => fc.constantFrom(text, text.toUpperCase()));
    const ids = fc.array(id, { maxLength: 50 }).map((some) => [...some, ...some.slice(0, 20)]);

    fc.assert(
      fc.property(ids, fc.uuid(), fc.integer({ min: 1, max: 40 }), (added, other, size) => {
        const list = IdList.of(added);
        const expected = new Set(added.map((text) => text.toLowerCase()));

        expect([...list]).to.deep.equal([...expected]);
        expect(list.length).to.equal(expected.size);
        expect([...list.pieces(size)].flat()).to.deep.equal([...expected]);
        for (const text of [...added, other]) {
          expect(list.has(text)).to.equal(expected.has(text.toLowerCase()));
        }
      }),
    );
  });

  it("finds ids that differ in one place only, as those made one after the other do", () => {
    const ids = Array.from({ length: 70_000 }, (_, n) => madeInTurn(n));

    const list = IdList.of([...ids, ...ids]);

    expect(list.length).to.equal(ids.length);
    expect(ids.every((id) => list.has(id))).to.equal(true);
    expect(list.has(madeInTurn(ids.length))).to.equal(false);
  });

  it("hands out pieces of the size asked for, the last one shorter", () => {
    const list = IdList.of([0, 1, 2, 3, 4].map(madeInTurn));

    expect([...list.pieces(2)].map(({ length }) => length)).to.deep.equal([2, 2, 1]);
    expect([...new IdList().pieces(2)]).to.deep.equal([]);
  });
});

function madeInTurn(n: number): string {
  return `01920000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`;
}
