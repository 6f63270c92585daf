// doctor: everything that a run needs, with what was found; what is reported if much is wrong at once.
import { expect } from "chai";
import { createServer, type AddressInfo } from "node:net";
import { dirname } from "node:path";
import { atTerminal } from "../support/at-terminal.ts";
import { runCli } from "../support/cli.ts";
import { askDoctor, expectLine, readDiagnosis } from "../support/diagnosis.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenRun } from "../support/given-ledger.ts";
import { useFiles } from "../support/given-settings.ts";
import { givenJob } from "../support/given.ts";
import { everything, readRuns } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";
import { wholeDatabase } from "../support/whole-database.ts";

async function givenHealth(scene: Scene): Promise<void> {
  for (const command of ["retry-accounts", "purge-invitations", "purge-jobs"]) {
    await givenRun(scene.db, { command });
  }
}

for (const variant of VARIANTS) {
  describe(`doctor on the ${variant} database without problems`, () => {
    const scene = setScene(variant);

    beforeEach(async () => {
      await givenHealth(scene);
      await givenJob(scene.db);
    });

    it("finds everything ok but for what is not set up, and ends with 0", async () => {
      const told = await askDoctor(scene);

      expect(told.complaints).to.deep.equal(["skip metrics directory"]);
      expect({ code: told.code, stderr: told.stderr, outcome: told.outcome }).to.deep.equal({
        ...{ code: 0, stderr: "", outcome: "ok" },
      });
      for (const check of told.checks) {
        expect(Object.keys(check)).to.deep.equal(["name", "status", "found", "mend"]);
        expect(check.found).not.to.equal("");
      }
      expect(told.line("create users").found).to.match(/allowed/);
      expect(told.line("keys in use").found).to.equal("1 key, in the ring");
    });

    it("leaves the database as it was, Zitadel without an account, and says the same again", async () => {
      const state = async () => [
        await wholeDatabase(scene.db),
        await everything(scene.db),
        await readRuns(scene.db),
        await scene.zitadel.control.listUsers(),
      ];
      const before = await state();

      const once = await askDoctor(scene);
      const twice = await askDoctor(scene);

      expect(await state()).to.deep.equal(before);
      const told = ({ checks }: typeof once) => checks.map(({ name, status }) => [name, status]);
      expect(told(twice)).to.deep.equal(told(once));
      const calls = await scene.zitadel.control.calls();
      expect(calls.filter(({ method }) => /Create|Add/.test(method))).to.deep.equal([]);
    });
  });
}

describe("doctor", () => {
  const scene = setScene();
  const file = useFiles();

  it("prints groups of aligned lines that end with the sum", async () => {
    await givenHealth(scene);

    const { code, stdout, stderr } = await scene.cli(["doctor"]);

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const lines = stdout.trimEnd().split("\n");
    expect(lines.filter((line) => /^\w/.test(line)).slice(0, -1)).to.deep.equal([
      ...["Configuration", "Postgres", "Schema", "Upkeep", "Runs", "Passwords", "Zitadel"],
    ]);
    const columns = lines
      .filter((line) => /^ {2}\w/.test(line))
      .map((line) => /^ {2}\w+ +\S.*? {2,}/.exec(line)?.[0].length);
    expect([...new Set(columns)]).to.have.length(1);
    expect(lines.at(-1)).to.match(/^\d+ ok, 0 warnings, 0 faults, 1 skipped$/);
  });

  it("with -q prints nothing without problems, otherwise only warnings and faults", async () => {
    await givenHealth(scene);

    const well = await scene.cli(["doctor", "-q"]);
    const ill = await scene.cli(["doctor", "-q"], { RETRY_LEASE: "1m", LOG_LEVEL: "loud" });

    expect(well).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(ill.code).to.equal(1);
    const statuses = ill.stdout.split("\n").filter((line) => /^ {2}\w/.test(line));
    expect(statuses.map((line) => line.trim().split(/ {2,}/).slice(0, 2))).to.deep.equal([
      ["fail", "LOG_LEVEL"],
      ["warn", "lease"],
    ]);
    expect(ill.stdout).to.match(/fix: .*error, warn, info, debug/);
  });

  it("ends with 0 where there are only warnings", async () => {
    const told = await askDoctor(scene, { RETRY_LEASE: "1m" });

    expect([told.code, told.outcome]).to.deep.equal([0, "warn"]);
  });

  it("is coloured and wrapped on a terminal only, and never with NO_COLOR", async () => {
    const env = { ...scene.env, RETRY_LEASE: "1m" };
    const noAnswer = () => Promise.resolve(null);

    const plain = await atTerminal(["doctor", "-v"], { ...env, NO_COLOR: "1" }, noAnswer);
    const piped = await scene.cli(["doctor"], { RETRY_LEASE: "1m", FORCE_COLOR: "1" });

    expect(plain.stdout + piped.stdout).not.to.include("\u001b");
    const longest = (text: string) => Math.max(...text.split("\n").map(({ length }) => length));
    expect(longest(plain.stdout)).to.be.at.most(80);
    expect(longest(piped.stdout)).to.be.above(100);
  });

  it("reports the same with -o json, and 64 for what it does not know", async () => {
    const [long, short] = [
      await askDoctor(scene),
      readDiagnosis(await scene.cli(["doctor", "-o", "json"])),
    ];
    const wrong = await scene.cli(["doctor", "--mend"]);
    const much = await scene.cli(["doctor", "postgres"]);

    expect(short.checks.map(({ name }) => name)).to.deep.equal(long.checks.map(({ name }) => name));
    expect([wrong.code, much.code]).to.deep.equal([64, 64]);
  });

  it("with Postgres and Zitadel down reports both at once, and what that hides", async () => {
    const told = await askDoctor(scene, {
      DATABASE_URL: "postgres://jobs:hunter2@127.0.0.1:1/family_hub",
      ZITADEL_URL: "http://127.0.0.1:1",
    });

    expect([told.code, told.outcome]).to.deep.equal([1, "fail"]);
    expectLine(told.line("connection"), "fail", /unreachable.*ECONNREFUSED/, /Check that it runs/);
    expectLine(told.line("discovery"), "fail", /unreachable.*ECONNREFUSED/, /ZITADEL_URL/);
    expect(told.line("migrations")).to.include({
      status: "skip",
      found: "not checked: see connection",
    });
    expect(told.line("create users")).to.include({
      status: "skip",
      found: "not checked: see discovery",
    });
    expect(told.line("key ring").status).to.equal("ok");
    expect(told.stdout).not.to.include("hunter2");
  });

  it("with peers that take the call and never answer ends all the same", async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const { port } = silent.address() as AddressInfo;

    const told = await askDoctor(scene, {
      DATABASE_URL: `postgres://jobs@127.0.0.1:${port}/family_hub`,
      ZITADEL_URL: `http://127.0.0.1:${port}`,
    });
    silent.close();

    expectLine(told.line("connection"), "fail", /timeout/, /Check/);
    expectLine(told.line("discovery"), "fail", /no answer in time/, /Check/);
  });

  it("names a peer that is no Postgres", async () => {
    const url = new URL(scene.db.url);
    url.port = new URL(scene.zitadel.url).port;

    const told = await askDoctor(scene, { DATABASE_URL: url.href });

    expectLine(told.line("connection"), "fail", /Postgres is unreachable/, /DATABASE_URL/);
  });

  it("without any setting names each that is missing, and looks at what it can", async () => {
    const result = await runCli(["doctor", "--json"]);

    const told = readDiagnosis(result);
    expect([result.code, result.stderr]).to.deep.equal([1, ""]);
    expectLine(told.line("DATABASE_URL"), "fail", /is not set$/, /^set DATABASE_URL/);
    expectLine(told.line("ZITADEL_URL"), "fail", /is not set$/, /https:/);
    expectLine(told.line("ZITADEL_KEY"), "fail", /is not set$/, /service-account key/);
    expectLine(told.line("PASSWORD_KEYS"), "fail", /is not set$/, /set it to the key ring/);
    expect(told.line("connection").found).to.equal("not checked: see DATABASE_URL");
    expect(told.line("indexes").found).to.equal("not checked: see DATABASE_URL");
    expect(told.line("key ring").found).to.equal("not checked: see PASSWORD_KEYS");
    expect(told.line("token").found).to.equal("not checked: see ZITADEL_URL");
    expect(told.line("retry delays").status).to.equal("ok");
  });

  it("reports each setting, and where it comes from", async () => {
    const path = file(".env", "RETRY_CONCURRENCY=7\nRETRY_LEASE=1h\n");
    const keyFile = file("key.json", scene.env["ZITADEL_KEY"] ?? "");
    const env = { RETRY_LEASE: "10m", ZITADEL_KEY: undefined, ZITADEL_KEY_FILE: keyFile };

    const result = await scene.cli(["doctor", "--json"], env, { cwd: dirname(path) });

    const told = readDiagnosis(result);
    const found = (name: string) => told.line(name).found;
    expect(found("RETRY_CONCURRENCY")).to.equal("7 (.env)");
    expect(found("RETRY_LEASE")).to.equal("10m (environment)");
    expect(found("RETRY_DELAYS")).to.equal("1m,5m,15m,1h,4h (default)");
    expect(found("DATABASE_URL")).to.equal("set (environment)");
    expect(found("ZITADEL_KEY")).to.equal(
      `set, from the file of ZITADEL_KEY_FILE: ${keyFile} (environment)`,
    );
    expect(found("ZITADEL_URL")).to.equal(`${scene.zitadel.url} (environment)`);
  });
});
