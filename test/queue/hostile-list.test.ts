// Rows whose content tries to deceive the person who lists them.
import { expect } from "chai";
import { givenJob, readJob } from "../support/given.ts";
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
      const impossible = await givenJob(scene.db, { status: text("odd"), nextRetryAt: "null" });
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
        expect(stdout).to.include(job.id).and.to.include(impossible.id);
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

    for (const [next, said] of [
      ["infinity", "never"],
      ["-infinity", "due"],
    ]) {
      it(`is listed as ${said}, for programs as ${next}`, async () => {
        const job = await givenJob(scene.db, { nextRetryAt: `'${next}'` });
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
        expect(texts["table"]).to.include(` ${said} `);
        expect(texts["wide"]).to.include(` ${said} `);
        expect(texts["jsonl"]).to.include(`"nextRetryAt":"${next}"`);
        expect(texts["json"]).to.include(`"nextRetryAt":"${next}"`);
        // A spreadsheet would take a minus for the beginning of a formula.
        expect(texts["csv"]).to.include(said === "due" ? ",'-infinity," : ",infinity,");
      });

      it(`is shown as ${said}`, async () => {
        const job = await givenJob(scene.db, { nextRetryAt: `'${next}'` });

        const text = await scene.cli(["queue", "show", job.id]);
        const answer = await scene.json<{ job: Record<string, unknown> }>([
          "queue",
          "show",
          job.id,
        ]);

        expect(text.stdout).to.match(new RegExp(`^Next +${said}$`, "m"));
        expect(answer.job["nextRetryAt"]).to.equal(next);
      });

      it(`is ${said === "due" ? "worked" : "left for later"} by a run, and counted as ${said}`, async () => {
        const job = await givenJob(scene.db, { nextRetryAt: `'${next}'` });

        const stats = await scene.json<Record<string, unknown>>(["queue", "stats"]);
        const text = await scene.cli(["queue", "stats"]);
        const { report } = await scene.retry();

        const due = said === "due" ? 1 : 0;
        expect(stats).to.include({ due, neverDue: 1 - due, nextDueAt: null });
        expect(text.stdout).to.match(
          due === 1
            ? /^Pending +1: 1 due now, the oldest for \d+s$/m
            : /^Pending +1: none due now; 1 never due \(next_retry_at is infinity\)$/m,
        );
        expect(report.created).to.equal(due);
        expect((await readJob(scene.db, job.id)).status).to.equal(due ? "completed" : "pending");
      });
    }

    it("is as it was when its requeue is undone", async () => {
      const job = await givenJob(scene.db, { status: "failed", nextRetryAt: "'infinity'" });
      const { stdout } = await scene.cli(["queue", "requeue", job.id, "--json"]);
      const { actionId } = JSON.parse(stdout) as { actionId: string };

      const undone = await scene.cli(["queue", "undo", actionId]);

      expect(undone.code, undone.stderr).to.equal(0);
      expect(
        await scene.db.one(
          `select status, next_retry_at::text as next
           from auth.queued_managed_account_creations where id = $1`,
          [job.id],
        ),
      ).to.deep.equal({ status: "failed", next: "infinity" });
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
