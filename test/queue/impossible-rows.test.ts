// Rows that no run touches: listed, named wherever somebody looks, each with the SQL that fixes it.
import { expect } from "chai";
import { askDoctor } from "../support/diagnosis.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJob, readJob, type JobFields } from "../support/given.ts";
import { setScene } from "../support/scene.ts";

const TABLE = "auth.queued_managed_account_creations";

/** What becomes of each by the statement that is shown for it. */
const ROWS: Readonly<Record<string, { row: JobFields; fixed: [status: string, retries: number] }>> =
  {
    "a misspelt pending": { row: { status: "Pendng " }, fixed: ["pending", 0] },
    "a misspelt completed": { row: { status: "complete" }, fixed: ["completed", 0] },
    "a misspelt failed": { row: { status: "faild", retryCount: 5 }, fixed: ["failed", 5] },
    "a misspelt processing": { row: { status: "procesing" }, fixed: ["pending", 0] },
    "a word of its own": { row: { status: "archived" }, fixed: ["failed", 0] },
    "a word with a quote": { row: { status: "o'hara" }, fixed: ["failed", 0] },
    "too many retries": { row: { retryCount: 7 }, fixed: ["pending", 5] },
    "less than no retries": { row: { status: "failed", retryCount: -1 }, fixed: ["failed", 0] },
    "both at once": { row: { status: "pendin", retryCount: 9 }, fixed: ["pending", 5] },
  };

for (const variant of VARIANTS) {
  describe(`rows that no run touches, on the ${variant} database`, () => {
    const scene = setScene(variant);
    // The tool's own table refuses a retry_count that is impossible.
    const rows = Object.entries(ROWS).filter(
      ([, { row }]) => variant !== "own" || [undefined, 5].includes(row.retryCount),
    );

    it("are what queue list --impossible lists, each with the statement that fixes it", async () => {
      await givenJob(scene.db);
      await givenJob(scene.db, { status: "completed", retryCount: variant === "own" ? 5 : 9 });
      const odd = new Map<string, string>();
      for (const [what, { row }] of rows) odd.set(what, (await givenJob(scene.db, row)).id);

      const { code, stdout, stderr } = await scene.cli(["queue", "list", "--impossible"]);
      const names = await scene.cli(["queue", "list", "--impossible", "-o", "name"]);
      const quiet = await scene.cli(["queue", "list", "--impossible", "-q"]);

      expect(code).to.equal(0);
      expect(names.stdout.trim().split("\n")).to.have.members([...odd.values()]);
      expect([names.stderr, quiet.stderr]).to.deep.equal(["", ""]);
      for (const id of odd.values()) expect(stdout).to.include(id);
      const [told, ...statements] = stderr.trimEnd().split("\n");
      expect(told).to.match(/^To fix these rows, .* as the owner of the table:$/);
      expect(statements).to.have.length(odd.size);
      for (const statement of statements) await scene.db.query(statement);
      for (const [what, { fixed }] of rows) {
        const { status, retryCount } = await readJob(scene.db, odd.get(what) ?? "");
        expect([status, retryCount], what).to.deep.equal(fixed);
      }
      expect((await scene.cli(["queue", "list", "--impossible"])).stdout).to.equal("");
    });
  });
}

describe("rows that no run touches", () => {
  const scene = setScene("ef");
  const fixOf = (id: string) => `update ${TABLE} set status = 'pending' where id = '${id}'`;

  it("are named by queue stats, the first five by id", async () => {
    const ids: string[] = [];
    for (const _ of [1, 2, 3, 4, 5, 6])
      ids.push((await givenJob(scene.db, { status: "pendng" })).id);
    const five = ids.toSorted().slice(0, 5);

    const json = await scene.json<{ impossibleIds: string[] }>(["queue", "stats"]);
    const { stdout } = await scene.cli(["queue", "stats"]);

    expect(json).to.deep.include({ impossible: 6, impossibleIds: five });
    expect(stdout).to.match(new RegExp(`^Impossible +6 with .*: ${five.join(", ")}, … \\(`, "m"));
  });

  it("are named by doctor, also with -q, with what is wrong and the statement", async () => {
    const [typo, beyond] = [
      await givenJob(scene.db, { status: "pendng" }),
      await givenJob(scene.db, { retryCount: 6 }),
    ];

    const told = await askDoctor(scene);
    const { stdout } = await scene.cli(["doctor", "-q"]);

    const lines = told.checks.filter(({ name }) => name === "impossible rows");
    expect(lines.map(({ status, found }) => [status, found])).to.have.deep.members([
      ["warn", `job ${typo.id} has status "pendng": runs skip it`],
      ["warn", `job ${beyond.id} has retry_count 6: runs skip it`],
    ]);
    expect(stdout).to.include(typo.id).and.include(fixOf(typo.id));
    expect(stdout).to.include(`set retry_count = 5 where id = '${beyond.id}'`);
  });

  it("are counted by doctor where they are many", async () => {
    for (const _ of [1, 2, 3, 4, 5, 6]) await givenJob(scene.db, { status: "pendng" });

    const told = await askDoctor(scene);

    const lines = told.checks.filter(({ name }) => name === "impossible rows");
    expect(lines).to.have.length(6);
    expect(lines.at(-1)?.mend).to.include("queue list --impossible");
  });

  it("say in queue show what would fix them", async () => {
    const { id } = await givenJob(scene.db, { status: "pendng" });

    const { stdout } = await scene.cli(["queue", "show", id]);

    expect(stdout).to.include(
      `Runs skip it until the row is fixed, for example with: ${fixOf(id)};`,
    );
  });

  it("are refused by the verbs that take the filter, each with its reason", async () => {
    const { id } = await givenJob(scene.db, { status: "pendng" });
    await givenJob(scene.db, { status: "failed" });

    const { stdout } = await scene.cli(["queue", "cancel", "--impossible", "--yes", "--json"]);

    expect(JSON.parse(stdout)).to.deep.include({
      canceled: [],
      skipped: [{ id, reason: 'its status is "pendng", which runs skip' }],
    });
  });
});
