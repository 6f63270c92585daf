// What draws tables is loaded by those who draw one, and by nobody else.
import { expect } from "chai";
import { spawnCli } from "../support/cli.ts";
import { givenJob } from "../support/given.ts";
import { loadedBy } from "../support/loaded-sources.ts";
import { setScene } from "../support/scene.ts";

const LIBRARY = "node_modules/cli-table3/src/table.js";

describe("what draws tables", () => {
  const scene = setScene();

  async function loads(...args: string[]): Promise<boolean> {
    const loaded = await loadedBy((env) => spawnCli(args, { ...scene.env, ...env }));
    expect(loaded.join("\n")).to.include("src/postgres/connection.ts");
    return loaded.includes(LIBRARY);
  }

  for (const command of [
    "queue list",
    "queue stats",
    "queue errors",
    "queue verify --status failed",
    "keys list",
    "runs",
  ]) {
    it(`is loaded by ${command}, but not for its JSON`, async () => {
      await givenJob(scene.db, { status: "failed" });
      await scene.cli(["retry-accounts", "--dry-run"]);
      const words = command.split(" ");

      expect(await loads(...words)).to.equal(true);
      expect(await loads(...words, "--json")).to.equal(false);
    });
  }

  it("is loaded for no other form of a list", async () => {
    for (const format of ["jsonl", "csv", "name"]) {
      expect(await loads("queue", "list", "-o", format), format).to.equal(false);
    }
  });

  it("is loaded by no tick", async () => {
    for (const command of ["retry-accounts", "purge-invitations", "purge-jobs"]) {
      expect(await loads(command), command).to.equal(false);
    }
  });
});
