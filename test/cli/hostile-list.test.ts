// Rows that somebody has filled to deceive whoever lists them.
import { expect } from "chai";
import { givenJob } from "../support/given.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { setScene } from "../support/scene.ts";

interface PageJson {
  readonly jobs: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
}

/** What moves a cursor, ends a line or turns text around. */
const DECEIVING = {
  ESC: "\u001b",
  CSI: "\u009b",
  BEL: "\u0007",
  CR: "\r",
  LF: "\n",
  DEL: "\u007f",
  LS: "\u2028",
  RLO: "\u202e",
  LRE: "\u202a",
  RLI: "\u2067",
  PDI: "\u2069",
} as const;

describe("a table of queue list", () => {
  const scene = setScene();

  for (const [name, character] of Object.entries(DECEIVING)) {
    it(`shows no ${name} out of any column`, async () => {
      const text = (label: string) => `${label}${character}[2J`;
      const job = await givenJob(scene.db, {
        ...{ username: text("usr"), fullName: text("full"), role: text("rol") },
        ...{ status: "failed", lastErrorCode: text("code"), lastErrorMessage: text("message") },
      });
      const stranger = await givenJob(scene.db, { status: text("odd"), nextRetryAt: "null" });
      await scene.db.query(
        "update auth.queued_managed_account_creations set zitadel_user_id = $2 where id = $1",
        [job.id, text("zid")],
      );

      const [table, wide] = await Promise.all([
        scene.cli(["queue", "list"]),
        scene.cli(["queue", "list", "-o", "wide"]),
      ]);

      for (const { code, stdout } of [table, wide]) {
        expect(code).to.equal(0);
        expect(stdout.trimEnd().split("\n")).to.have.length(3);
        expect(stdout.replaceAll("\n", "")).not.to.include(character);
        expect(stdout).to.include(job.id).and.to.include(stranger.id);
        for (const label of ["usr", "code", "odd"]) expect(stdout).to.include(label);
      }
      for (const label of ["full", "rol", "message", "zid"]) {
        expect(wide.stdout).to.include(`${label} [2J`);
      }
    });
  }
});

describe("a cell of queue list -o csv", () => {
  const scene = setScene();

  for (const start of ["=", "+", "-", "@", "\t", "\r"]) {
    it(`that begins with ${JSON.stringify(start)} is text to a spreadsheet`, async () => {
      await givenJob(scene.db, { fullName: `${start}HYPERLINK(1)` });

      const { stdout } = await scene.cli(["queue", "list", "-o", "csv"]);

      // A carriage return, which would move the cursor, is a blank by then.
      expect(stdout).to.include(`,'${start.replace("\r", " ")}HYPERLINK(1),`);
    });
  }

  it("is quoted as well where the formula holds quotes and commas", async () => {
    await givenJob(scene.db, { fullName: '=HYPERLINK("http://x",1)' });

    const { stdout } = await scene.cli(["queue", "list", "-o", "csv"]);

    expect(stdout).to.include(`,"'=HYPERLINK(""http://x"",1)",`);
  });
});

for (const variant of VARIANTS) {
  describe(`a job whose next try is at infinity, on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("is listed as never, in JSON as null", async () => {
      const job = await givenJob(scene.db, { nextRetryAt: "'infinity'" });
      const formats = ["table", "wide", "csv", "jsonl", "json", "name"];

      const results = await Promise.all(
        formats.map((format) => scene.cli(["queue", "list", "-o", format])),
      );

      const texts: Record<string, string> = {};
      for (const [index, { code, stdout, stderr }] of results.entries()) {
        const format = formats[index] ?? "";
        expect({ format, code, stderr }).to.deep.equal({ format, code: 0, stderr: "" });
        expect(stdout).to.include(job.id);
        texts[format] = stdout;
      }
      expect(texts["table"]).to.match(/ never /);
      expect(texts["wide"]).to.match(/ never /);
      expect(texts["jsonl"]).to.include('"nextRetryAt":null');
      expect(texts["json"]).to.include('"nextRetryAt":null');
      expect(texts["csv"])
        .to.include(",never,")
        .and.not.to.match(/infinity/i);
    });

    it("has its place in the order and among the pages", async () => {
      const sooner = await givenJob(scene.db, { nextRetryAt: "'-infinity'" });
      const never = await givenJob(scene.db, { nextRetryAt: "'infinity'" });
      const page = ["queue", "list", "--sort", "nextRetryAt", "--limit", "1"];

      const first = await scene.json<PageJson>(page);
      const second = await scene.json<PageJson>([...page, "--cursor", first.nextCursor ?? ""]);

      expect(first.jobs.map(({ id }) => id)).to.deep.equal([sooner.id]);
      expect(second.jobs.map(({ id }) => id)).to.deep.equal([never.id]);
      expect(second.nextCursor).to.equal(null);
    });
  });
}
