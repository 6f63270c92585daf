// One refused row never keeps the others waiting, and finding it costs no more than it must.
import { expect } from "chai";
import fc from "fast-check";
import { DatabaseUnavailable } from "../../src/errors.ts";
import { RowRefused } from "../../src/postgres/row-refused.ts";
import { separateRefused } from "../../src/postgres/separate-refused.ts";

const idOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/** A table that refuses some rows; `named`: its answer says which, as a foreign key's does. */
function refusing(refused: ReadonlySet<number>, named = false) {
  const done: number[] = [];
  let statements = 0;
  const work = async (rows: readonly number[]) => {
    statements += 1;
    const first = rows.find((row) => refused.has(row));
    if (first !== undefined) {
      const detail = named ? `Key (id)=(${idOf(first)}) is still referenced` : "";
      const error = Object.assign(new Error("no"), { code: "23503", constraint: "fk", detail });
      throw new RowRefused({ ...error, message: `row ${first}` });
    }
    done.push(...rows);
  };
  return { work, done, statements: () => statements };
}

const rowsTo = (count: number) => Array.from({ length: count }, (_, n) => n);

describe("rows that the database refuses", () => {
  it("are returned each with its own reason, and all the others are done once", async () => {
    const cases = fc.record({
      count: fc.nat(200),
      refused: fc.uniqueArray(fc.nat(199)),
      named: fc.boolean(),
    });
    const holds = async ({
      count,
      refused,
      named,
    }: {
      count: number;
      refused: number[];
      named: boolean;
    }) => {
      const table = refusing(new Set(refused), named);
      const met = refused.filter((row) => row < count);

      const refusals = await separateRefused(rowsTo(count), idOf, table.work);

      const byId = [...refusals].sort((a, b) => a.id.localeCompare(b.id));
      expect(byId).to.deep.equal(
        met
          .sort((a, b) => a - b)
          .map((row) => ({ id: idOf(row), constraint: "fk", table: null, message: `row ${row}` })),
      );
      expect(table.done.sort((a, b) => a - b)).to.deep.equal(
        rowsTo(count).filter((row) => !refused.includes(row)),
      );
    };
    await fc.assert(fc.asyncProperty(cases, holds));
  });

  it("cost nothing where there are none", async () => {
    const table = refusing(new Set());

    await separateRefused(rowsTo(1000), idOf, table.work);

    expect(table.statements()).to.equal(1);
  });

  it("cost as many statements as halving does, fewer where the server names them", async () => {
    const [halved, named] = [refusing(new Set([321])), refusing(new Set([321]), true)];

    await separateRefused(rowsTo(1024), idOf, halved.work);
    await separateRefused(rowsTo(1024), idOf, named.work);

    expect(halved.statements()).to.equal(21);
    expect(named.statements()).to.equal(4);
  });

  it("are tried by themselves before they are believed to be at fault", async () => {
    // The answer names row 1, which is in order.
    const detail = `Key (family_id)=(${idOf(1)}) is not present`;
    const error = Object.assign(new Error("no"), { code: "23503", detail });
    const work = (rows: readonly number[]) =>
      rows.includes(2) ? Promise.reject(new RowRefused(error)) : Promise.resolve();

    const refusals = await separateRefused([1, 2, 3], idOf, work);

    expect(refusals.map(({ id }) => id)).to.deep.equal([idOf(2)]);
  });

  it("are not looked for when Postgres itself is away", async () => {
    const gone = new DatabaseUnavailable("gone");

    const outcome = separateRefused([1, 2], idOf, () => Promise.reject(gone));

    expect(await outcome.catch((error: unknown) => error)).to.equal(gone);
  });
});
