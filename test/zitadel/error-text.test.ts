// An error ID is found in a text, and nothing else is taken for one.
import { expect } from "chai";
import { zitadelErrorId } from "../../src/zitadel/error-detail.ts";
import {
  errorIdInText,
  INSTANCE_UNKNOWN,
  INSTANCE_UNREADABLE,
} from "../../src/zitadel/error-text.ts";

const LOOKUP =
  "unable to set instance using origin &{id.example.com   https} (ExternalDomain is x)";

describe("an error id in a text", () => {
  const ids: readonly (readonly [string, string | null])[] = [
    [`${LOOKUP}: ID=QUERY-1kIjX Message=Instance not found`, INSTANCE_UNKNOWN],
    [`${LOOKUP}: ID=QUERY-d3fas Message=An internal error occurred`, INSTANCE_UNREADABLE],
    ["ID=QUERY-d3fas Message=x Parent=(ID=SQL-KyeAx Message=y)", INSTANCE_UNREADABLE],
    [LOOKUP, null],
    ["404 page not found", null],
    ["UUID=QUERY-1kIjX", null],
    ["ID=QUERY-1kIjX<script>", null],
    [`ID=${"A".repeat(30)}-b`, null],
    ["", null],
  ];
  for (const [text, id] of ids) {
    it(`of ${JSON.stringify(text.slice(-50))} is ${id}`, () => {
      expect(errorIdInText(text)).to.equal(id);
    });
  }

  it("counts where the answer has no detail, and an id at the end of the text wins", () => {
    expect(zitadelErrorId(null, `${LOOKUP}: ID=QUERY-d3fas Message=x`)).to.equal("QUERY-d3fas");
    expect(zitadelErrorId(null, "ID=QUERY-d3fas Message=x (SQL-KyeAx)")).to.equal("SQL-KyeAx");
  });
});
