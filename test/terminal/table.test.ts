// Which columns of a table a width has room for, and how its cells are cut.
import { expect } from "chai";
import fc from "fast-check";
import { cellWidth, cutCells, drawRows } from "../../src/terminal/borderless.ts";
import { drawEverything, drawTable, type Column } from "../../src/terminal/table.ts";
import { wrapCells } from "../../src/terminal/wrap.ts";

interface Row {
  readonly id: string;
  readonly name: string;
  readonly why: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { head: "ID", rank: 0, cell: ({ id }) => id },
  { head: "NAME", rank: 1, cut: "text", cell: ({ name }) => name },
  { head: "WHY", rank: 2, cell: ({ why }) => why },
];
const ROWS: readonly Row[] = [
  { id: "1234567890", name: "somebody with a name", why: "taken" },
  { id: "1234567891", name: "nobody", why: "<none>" },
];

describe("a table", () => {
  it("is as wide as its text where no width is given", () => {
    const { text, leftOut } = drawTable(COLUMNS, ROWS);

    expect(leftOut).to.deep.equal([]);
    expect(text).to.equal(
      "ID          NAME                  WHY\n" +
        "1234567890  somebody with a name  taken\n" +
        "1234567891  nobody                <none>\n",
    );
  });

  it("cuts what may be cut before it leaves a column out, and never what matters most", () => {
    const widths = [40, 39, 30, 29, 22, 21, 5];

    const drawn = widths.map((width) => drawTable(COLUMNS, ROWS, width));

    expect(drawn.map(({ leftOut }) => leftOut.join(" "))).to.deep.equal([
      ...["", "", "", "WHY", "WHY", "NAME WHY", "NAME WHY"],
    ]);
    expect(drawn.map(({ text }) => text.split("\n")[1])).to.deep.equal([
      "1234567890  somebody with a name  taken",
      "1234567890  somebody with a na…  taken",
      "1234567890  somebody …  taken",
      "1234567890  somebody with a …",
      "1234567890  somebody …",
      "1234567890",
      "1234567890",
    ]);
  });

  it("shows on a wider terminal all that a narrower one shows, and never hides how names differ", () => {
    const rows = [
      { id: "1", name: "the_same_beginning_1", why: "x".repeat(30) },
      { id: "2", name: "the_same_beginning_2", why: "y" },
    ];
    const columns = [...COLUMNS, { head: "AGE", rank: 3, cell: () => "3m" }];

    const shown = Array.from({ length: 80 }, (_, width) => drawTable(columns, rows, width + 24));

    let before: readonly string[] = ["NAME", "WHY", "AGE"];
    for (const { leftOut, text } of shown) {
      expect(before).to.include.members([...leftOut]);
      before = leftOut;
      expect(text).to.include("the_same_beginning_1").and.include("the_same_beginning_2");
    }
    expect(before).to.deep.equal([]);
  });

  it("ends a cut list after whole items: a number that is cut would be another number", () => {
    const list = "created 118, retried 1, failed 1";
    const columns: Column<string>[] = [{ head: "COUNTS", rank: 1, cut: "list", cell: (it) => it }];

    const drawn = [32, 31, 15, 14].map((width) => drawTable(columns, [list], width).text);

    expect(drawn.map((text) => text.split("\n")[1])).to.deep.equal([
      ...[list, "created 118, retried 1, …", "created 118, …", "created 118, …"],
    ]);
  });

  it("leaves out a column without values before all others", () => {
    const rows = ROWS.map((row) => ({ ...row, name: "<none>" }));

    expect(drawTable(COLUMNS, rows, 20)).to.deep.equal({
      text: "ID          WHY\n1234567890  taken\n1234567891  <none>\n",
      leftOut: [],
    });
  });

  it("becomes a block a row where everything is wanted and not everything fits", () => {
    expect(drawEverything(COLUMNS, ROWS, 24)).to.equal(
      "ID    1234567890\nNAME  somebody with a name\nWHY   taken\n\n" +
        "ID    1234567891\nNAME  nobody\nWHY   <none>\n",
    );
  });

  it("keeps right-to-left names to their column on a terminal, and as they are elsewhere", () => {
    const rows = [{ id: "1", name: "אסתר", why: "3" }];

    expect(drawTable(COLUMNS, rows, 80).text).to.include("\n1   אסתר\u200e  3\n");
    expect(drawTable(COLUMNS, rows).text).to.include("\n1   אסתר  3\n");
  });
});

describe("a row of a table", () => {
  it("is padded in the same way, whether cli-table3 draws it or not", () => {
    const cell = fc.record({
      text: fc.string({ maxLength: 12 }),
      width: fc.integer({ min: 1, max: 14 }),
    });

    fc.assert(
      fc.property(fc.array(cell), (cells) => {
        const widths = [...cells.map(({ width }) => width), 1];
        // A letter that is not ASCII needs cli-table3 for the whole row.
        const [plain, other] = ["e", "é"].map((last) =>
          drawRows([[...cells.map(({ text }) => text), last]], widths),
        );
        expect(other).to.equal(plain?.replace(/e\n$/, "é\n"));
      }),
    );
  });
});

describe("a text on a terminal", () => {
  it("is measured in cells, not in characters", () => {
    expect(
      ["Kim", "山田", "Zoe\u0301", "กิ่ง", "👨‍👩‍👧", "か\u3099", "\ue000", "\u001b[31mred\u001b[39m"].map(
        cellWidth,
      ),
    ).to.deep.equal([...[3, 4, 3, 2, 2, 2, 1, 3]]);
  });

  it("is cut between whole characters", () => {
    expect(cutCells("山田太郎", 8)).to.equal("山田太郎");
    expect(cutCells("山田太郎", 6)).to.equal("山田…");
    expect(cutCells("ne\u0301e\u0301e\u0301", 3)).to.equal("ne\u0301…");
    expect(cutCells("Kim 👨‍👩‍👧 Smith", 7)).to.equal("Kim 👨‍👩‍👧…");
    expect(cutCells("Kim 👨‍👩‍👧 Smith", 6)).to.equal("Kim  …");
    expect(cutCells("\ue001\uf8ff own characters", 4)).to.equal("\ue001\uf8ff …");
  });

  it("is broken at blanks, within a word that is too long, never within an id or a command", () => {
    const id = "dd43e5cf-5d2a-4b7f-9c1e-000000000001";

    expect(wrapCells("one two three", 7)).to.deep.equal(["one two", "three"]);
    expect(wrapCells("abcdefghij kl", 4)).to.deep.equal(["abcd", "efgh", "ij", "kl"]);
    expect(wrapCells(`run ${id} died`, 20)).to.deep.equal(["run", id, "died"]);
    expect(wrapCells("now run `queue errors` there", 16)).to.deep.equal([
      ...["now run", "`queue errors`", "there"],
    ]);
    expect(wrapCells("it`s one two", 8)).to.deep.equal(["it`s one", "two"]);
  });
});
