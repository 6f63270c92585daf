// docs/upgrading.md lists every migration, and no other.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { MIGRATIONS } from "../../src/queue-table/schema.sql.ts";
import { CHECKOUT } from "../support/documents.ts";

describe("the migrations in docs/upgrading.md", () => {
  const page = readFileSync(`${CHECKOUT}docs/upgrading.md`, "utf8");

  it("are those that there are, in order", () => {
    const rows = [...page.matchAll(/^\| `(\d{4}_\w+)`/gm)].map(([, name]) => name);

    expect(rows).to.deep.equal([...MIGRATIONS]);
  });

  it("state, as the page does, that an older program can work with them", () => {
    // The first one creates only what is missing; there is no program of before it.
    for (const name of MIGRATIONS.slice(1)) {
      const source = readFileSync(`${CHECKOUT}migrations/${name}.ts`, "utf8");
      expect(source.replaceAll(/\n\/\/ ?/g, " "), name).to.match(
        /Old and new versions can run\s+side by side/,
      );
    }
  });
});
