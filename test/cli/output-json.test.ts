// `--json` and `-o json` are the same answer, whichever command is asked.
import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli, type CliResult } from "../support/cli.ts";
import { emptyDatabase } from "../support/database.ts";
import { givenInvitation, givenJob } from "../support/given.ts";
import { setScene } from "../support/scene.ts";

const FAMILY = "22222222-2222-4222-8222-222222222222";
const JOB = "33333333-3333-4333-8333-333333333333";

/** What differs between any two runs; the rest of the answer, to the letter. */
function settled({ code, stdout, stderr }: CliResult): object {
  const masked = [stdout, stderr].map((text) =>
    text
      .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, "ID")
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, "TIME")
      .replaceAll(/"(durationMs)": ?\d+/g, '"$1":0')
      .replaceAll(/"(kid|x|y|d|password|file)": ?"[^"]+"/g, '"$1":"…"'),
  );
  return { code, stdout: masked[0], stderr: masked[1] };
}

function expectSameJson(long: CliResult, short: CliResult): void {
  expect(settled(short)).to.deep.equal(settled(long));
  expect(long.code).to.equal(0);
  expect(JSON.parse(short.stdout)).to.be.an("object").and.not.to.deep.equal({});
}

describe("-o json", () => {
  const scene = setScene();

  async function givenWork(): Promise<void> {
    await scene.db.query(
      ["family_member_invitations", "users", "outbox_events", "queued_managed_account_creations"]
        .map((table) => `delete from auth.${table};`)
        .join(""),
    );
    await scene.zitadel.control.reset();
    await givenJob(scene.db, { id: JOB, username: "kid_1", status: "failed" });
    await givenJob(scene.db, { familyId: await family(), username: "kid_2" });
    await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
  }

  async function family(): Promise<string> {
    await scene.db.query(
      "insert into auth.families (id, name, owner_id) values ($1, 'Smith', $1) on conflict do nothing",
      [FAMILY],
    );
    return FAMILY;
  }

  const add = ["queue", "add", "--username", "kid_3", "--name", "Kim", "--generate"];
  const commands: readonly (readonly string[])[] = [
    ["retry-accounts"],
    ["retry-accounts", "--dry-run"],
    ["purge-invitations"],
    ["queue", "list", "--username", "kid_1"],
    ["queue", "errors"],
    ["runs"],
    ["queue", "requeue", JOB],
    [...add, "--family", FAMILY, "--created-by", FAMILY],
    ["migrate", "status"],
    ["migrate"],
  ];
  for (const args of commands) {
    it(`is --json for ${args.slice(0, 3).join(" ")}`, async () => {
      await givenWork();
      const long = await scene.cli([...args, "--json"]);
      await givenWork();
      const short = await scene.cli([...args, "-o", "json"]);
      await givenWork();
      const longest = await scene.cli([...args, "--output=json"]);

      expectSameJson(long, short);
      expectSameJson(long, longest);
    });
  }

  for (const args of [["migrate"], ["migrate", "rollback", "--all"]]) {
    it(`is --json for ${args.join(" ")} that changes the schema`, async () => {
      const results: CliResult[] = [];
      for (const flags of [["--json"], ["-o", "json"]]) {
        const database = await emptyDatabase();
        const env = { DATABASE_URL: database.url };
        if (args.includes("rollback")) await runCli(["migrate"], env);
        results.push(await runCli([...args, ...flags], env));
        await database.drop();
      }

      const [long, short] = results as [CliResult, CliResult];
      expectSameJson(long, short);
      expect(long.stdout).to.include("0003_history");
    });
  }

  it("is --json for keys generate, to stdout and to a file", async () => {
    const folder = mkdtempSync(join(tmpdir(), "family-hub-keys-"));
    const generate = (...flags: string[]) => runCli(["keys", "generate", ...flags]);

    const [long, short] = [await generate("--json"), await generate("-o", "json")];
    const toFile = await generate("--json", "--out", join(folder, "1.json"));
    const toFileToo = await generate("-o", "json", "--out", join(folder, "2.json"));
    rmSync(folder, { recursive: true });

    expectSameJson(long, short);
    expectSameJson(toFile, toFileToo);
    expect(JSON.parse(toFileToo.stdout)).to.have.all.keys("kid", "file");
  });
});
