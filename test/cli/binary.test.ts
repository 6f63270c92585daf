// The built binary, once a command: in a process of its own it answers as `main` does in the tests'.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { runCli, spawnCli, type CliResult } from "../support/cli.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { givenFamily, givenInvitation, givenJob } from "../support/given.ts";
import { masked } from "../support/masked.ts";
import { everyCommand } from "../support/program.ts";
import { testRingFile } from "../support/test-server.ts";
import { startZitadelEmulator, type ZitadelEmulator } from "../support/zitadel-emulator/index.ts";
import { serviceKeyEnv } from "../support/zitadel-env.ts";

const [FAMILY, JOB] = [randomUUID(), randomUUID()];
const WHO = ["--family", FAMILY, "--created-by", FAMILY];

const LIST = ["queue", "list", "-o", "wide"];

/** By command, what follows its name. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  "retry-accounts": [],
  "purge-invitations": ["-v"],
  "purge-jobs": ["-v"],
  "queue list": ["--status", "failed"],
  "queue show": [JOB],
  "queue stats": [],
  "queue errors": [],
  "queue verify": [JOB],
  "queue requeue": [JOB],
  "queue cancel": [JOB],
  "queue undo": [randomUUID()],
  "queue erase": ["--username", "kid_1", "--yes"],
  "queue add": ["--username", "kid_3", "--name", "Kim Smith", "--password-stdin", ...WHO],
  "queue pause": ["--until", "2999-01-31", "--reason", "upkeep", "--actor", "kim"],
  "queue resume": [],
  runs: ["--json"],
  "keys list": [],
  "keys generate": ["--type", "oct", "--json"],
  "keys public": [],
  "keys rotate": [],
  migrate: [],
  "migrate status": [],
  "migrate rollback": ["--all", "--yes"],
  doctor: [],
  completion: ["bash"],
};

describe("the built binary", () => {
  let zitadel: ZitadelEmulator;
  before(async () => (zitadel = await startZitadelEmulator()));
  after(() => zitadel.stop());

  async function answer(run: typeof runCli, call: readonly string[]): Promise<object> {
    const db = await givenQueue();
    await zitadel.control.reset();
    const env = serviceKeyEnv(zitadel, db.url, testRingFile());
    const result = await run(call, env, { stdin: "Aa1!0123456789ab\n" });
    await db.drop();
    return comparable(result);
  }

  for (const [command, rest] of Object.entries(CALLS)) {
    it(`answers to ${command} as the sources do`, async () => {
      const call = [...command.split(" "), ...rest];

      const [built, source] = [await answer(spawnCli, call), await answer(runCli, call)];

      expect(built).to.deep.equal(source);
      expect(built).to.include({ code: command === "queue undo" ? 1 : 0 });
    });
  }

  // The build changes when the measure of such characters is made.
  it("leaves as much room for flags and accents as the sources do", async () => {
    const db = await givenQueue();
    await givenJob(db, { username: "kid_4", fullName: "Kim 🇩🇪 สมิธ" });
    const env = { DATABASE_URL: db.url };

    const [built, source] = [await spawnCli(LIST, env), await runCli(LIST, env)];
    await db.drop();

    expect(built.stdout).to.equal(source.stdout);
    expect(built.stdout).to.match(/^\S+ .* Kim 🇩🇪 สมิธ {2,}managed_account /m);
  });

  it("is called here with every command that there is", () => {
    const commands = everyCommand()
      .filter(([path]) => path !== "" && !["queue", "keys"].includes(path))
      .map(([path]) => path);

    expect(Object.keys(CALLS)).to.have.members(commands);
  });
});

async function givenQueue(): Promise<TestDatabase> {
  const db = await cloneDatabase();
  await givenFamily(db, FAMILY);
  await givenJob(db, { id: JOB, familyId: FAMILY, username: "kid_1", status: "failed" });
  await givenJob(db, { familyId: FAMILY, username: "kid_2" });
  await givenInvitation(db, { expiresAt: "now() - interval '31 days'" });
  return db;
}

/** Keys and databases are each call's own, and who else is connected is chance. */
function comparable({ code, stdout, stderr }: CliResult): object {
  const [out, log] = [stdout, stderr].map((text) =>
    masked(text)
      .replaceAll(/"(kid|k)": ?"[^"]+"/g, '"$1":"…"')
      .replaceAll(/test_[0-9a-f]{32}/g, "<database>")
      .replaceAll(/connections left \d+/g, "connections left <number>"),
  );
  return { code, stdout: out, stderr: log };
}
