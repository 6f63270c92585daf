// Settings that are missing, malformed or wrong; where they come from; a database that is not there.
import { expect } from "chai";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY, runCli } from "../support/cli.ts";
import { givenJob } from "../support/given.ts";
import { freePort } from "../support/postgres.ts";
import { everything, readRuns } from "../support/rows.ts";
import { testServer } from "../support/test-server.ts";
import { runProgram, setScene } from "../support/scene.ts";
import { waitUntil } from "../support/wait-until.ts";
import { withoutPrivileges } from "../support/without-privileges.ts";

describe("settings that are missing", () => {
  it("are named all at once, with 78", async () => {
    const { code, stdout, stderr } = await runCli(["retry-accounts", "--json"]);

    expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
    for (const name of ["DATABASE_URL", "ZITADEL_URL", "ZITADEL_KEY_FILE", "PASSWORD_KEYS_FILE"]) {
      expect(stderr).to.include(`${name} is not set`);
    }
  });

  it("are only those that the command needs", async () => {
    const { code, stderr } = await runCli(["queue", "list"], { DATABASE_URL: "" });

    expect(code).to.equal(78);
    expect(stderr).to.include("DATABASE_URL").and.not.to.include("ZITADEL");
  });
});

describe("settings that are malformed", () => {
  const scene = setScene();

  it("are named with their value, exit 78, before anything is touched", async () => {
    await givenJob(scene.db);
    const before = await everything(scene.db);
    const wrong: [Record<string, string>, string, string][] = [
      [{ RETRY_DELAYS: "1m,5x" }, "RETRY_DELAYS", "1m,5x"],
      [{ RETRY_DELAYS: "1m,1m,1m,1m,1m,1m" }, "RETRY_DELAYS", "1 to 5"],
      [{ RETRY_CONCURRENCY: "many" }, "RETRY_CONCURRENCY", "many"],
      [{ RETRY_LEASE: "5" }, "RETRY_LEASE", '"5"'],
      [{ RETRY_LEASE: "10s" }, "RETRY_LEASE", "ZITADEL_TIMEOUT"],
      [{ RETRY_JITTER: "200%" }, "RETRY_JITTER", "200%"],
      [{ LOG_LEVEL: "loud" }, "LOG_LEVEL", "loud"],
      [{ LOG_FORMAT: "xml" }, "LOG_FORMAT", "xml"],
      [{ ZITADEL_TIMEOUT: "0s" }, "ZITADEL_TIMEOUT", "0s"],
      [{ ZITADEL_RATE: "fast" }, "ZITADEL_RATE", "fast"],
      [{ ZITADEL_URL: "http://id.example.com" }, "ZITADEL_URL", "https"],
      [{ ZITADEL_URL: "id.example.com" }, "ZITADEL_URL", "id.example.com"],
      [{ SYNTHETIC_EMAIL_DOMAIN: "not a domain" }, "SYNTHETIC_EMAIL_DOMAIN", "not a domain"],
      [{ DATABASE_URL: "mysql://localhost/x" }, "DATABASE_URL", "postgres://"],
      [{ ZITADEL_TOKEN: "abc" }, "ZITADEL_TOKEN", "choose"],
    ];

    const results = await Promise.all(wrong.map(([env]) => scene.cli(["retry-accounts"], env)));

    for (const [index, { code, stdout, stderr }] of results.entries()) {
      const [env, name = "", value = ""] = wrong[index] ?? [];
      expect({ env, code, stdout }).to.deep.equal({ env, code: 78, stdout: "" });
      expect(stderr).to.include(name).and.to.include(value);
    }
    expect(await everything(scene.db)).to.deep.equal(before);
    expect(await readRuns(scene.db)).to.deep.equal([]);
    expect(await scene.zitadel.control.calls()).to.deep.equal([]);
  });
});

describe("files that settings name", () => {
  const scene = setScene();
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "family-hub-settings-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function given(name: string, content: string): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  }

  it("are named with 78 when they are not there or hold something else", async () => {
    const serviceKey = { ...scene.zitadel.serviceKey };
    const expired = { ...serviceKey, expirationDate: "2020-01-01T00:00:00Z" };
    const missing = join(folder, "missing.json");
    const user = await given("user.json", JSON.stringify({ ...serviceKey, type: "application" }));
    const old = await given("old.json", JSON.stringify(expired));
    const text = await given("text.json", "hunter2, which is no JSON");
    const empty = await given("empty.json", "");
    const keyless = await given("keyless.json", '{"keys":[]}');
    const wrong: [Record<string, string | undefined>, string][] = [
      ...[missing, user, old, text, empty].map(
        (path): [Record<string, string | undefined>, string] => [
          { ZITADEL_KEY: undefined, ZITADEL_KEY_FILE: path },
          path,
        ],
      ),
      ...[missing, text, empty, keyless].map(
        (path): [Record<string, string | undefined>, string] => [
          { PASSWORD_KEYS_FILE: path },
          path,
        ],
      ),
      [{ DATABASE_URL: undefined, DATABASE_URL_FILE: missing }, missing],
    ];

    const results = await Promise.all(wrong.map(([env]) => scene.cli(["retry-accounts"], env)));

    for (const [index, { code, stdout, stderr }] of results.entries()) {
      const [env, path] = wrong[index] ?? [];
      expect({ env, code, stdout }).to.deep.equal({ env, code: 78, stdout: "" });
      expect(stderr).to.include(path).and.not.to.include("hunter2");
    }
    expect(await scene.zitadel.control.calls()).to.deep.equal([]);
  });

  it("stand for the settings themselves", async () => {
    await givenJob(scene.db);
    const env = {
      DATABASE_URL: undefined,
      DATABASE_URL_FILE: await given("url", `${scene.db.url}\n`),
      ZITADEL_KEY: undefined,
      ZITADEL_KEY_FILE: await given("key.json", JSON.stringify(scene.zitadel.serviceKey)),
    };

    expect((await scene.retry([], env)).report).to.include({ created: 1 });
  });

  it("may hold a personal access token instead of a key", async () => {
    const job = await givenJob(scene.db);
    const token = await given("token", `${scene.zitadel.pat}\n`);
    const env = { ZITADEL_KEY: undefined, ZITADEL_TOKEN_FILE: token };

    const without = await scene.cli(["retry-accounts"], env);
    const { report } = await scene.retry([], { ...env, ZITADEL_ORG_ID: scene.zitadel.orgId });

    expect(without.code).to.equal(78);
    expect(without.stderr).to.include("ZITADEL_ORG_ID");
    expect(report).to.include({ created: 1 });
    expect(await scene.zitadel.control.findUser({ userId: job.id })).to.include({
      orgId: scene.zitadel.orgId,
    });
  });

  it("are read from .env in the working directory, and the real environment wins", async () => {
    const job = await givenJob(scene.db);
    const url = `DATABASE_URL=${scene.db.url}\n`;
    await given(".env", url);
    const list = ["queue", "list", "-o", "name"];

    const fromFile = await runCli(list, {}, { cwd: folder });
    await given(".env", "DATABASE_URL=postgres://nobody@127.0.0.1:1/nowhere\n");
    const fromEnvironment = await runCli(list, { DATABASE_URL: scene.db.url }, { cwd: folder });
    const elsewhere = await runCli(list, {}, { cwd: tmpdir() });

    expect(fromFile).to.deep.equal({ code: 0, stdout: `${job.id}\n`, stderr: "" });
    expect(fromEnvironment).to.deep.equal(fromFile);
    expect(elsewhere.code).to.equal(78);
  });

  it("come from .env one by one, whatever the environment holds of the same server", async () => {
    await givenJob(scene.db);
    const { ZITADEL_URL = "", DATABASE_URL = "", ...rest } = scene.env;
    await given(".env", `ZITADEL_URL=${ZITADEL_URL}\nDATABASE_URL=${DATABASE_URL}\n`);

    const { code, stdout, stderr } = await runCli(["retry-accounts", "--json"], rest, {
      cwd: folder,
    });

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).to.include({ created: 1 });
  });

  it("are not looked for in a working directory that this user may not enter", async () => {
    await given(".env", "LOG_LEVEL=none\n");
    const line = withoutPrivileges([process.execPath, BINARY, "queue", "stats"]);
    await chmod(folder, 0o000);

    const { code, stderr } = await runProgram(...line, scene.env, folder);
    await chmod(folder, 0o700);

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
  });

  it("continue without a .env that this user may not read, and stderr says so", async () => {
    await chmod(await given(".env", "LOG_LEVEL=none\n"), 0o000);
    const line = withoutPrivileges([process.execPath, BINARY, "queue", "stats"]);

    const { code, stderr } = await runProgram(...line, scene.env, folder);

    expect(code).to.equal(0);
    expect(stderr).to.equal("family-hub-jobs: .env is not read: EACCES, let this user read it.\n");
  });

  it("name the file of a secret that this user may not read, and what fixes it", async () => {
    const secret = await given("ring.json", "{}");
    await chmod(secret, 0o000);
    const env = { ...scene.env, PASSWORD_KEYS_FILE: secret };
    const line = withoutPrivileges([process.execPath, BINARY, "retry-accounts"]);

    const { code, stderr } = await runProgram(...line, env);

    expect(code).to.equal(78);
    expect(stderr).to.include(`${secret}, which cannot be read (EACCES)`).and.to.include("chown");
    expect(stderr).to.include("let this user enter the directories above it");
  });

  it("are not read from .env by the completion of a command line", async () => {
    await givenJob(scene.db);
    const complete = ["__complete", "--", "queue", "show", ""];
    await given(".env", `DATABASE_URL=${scene.db.url}\n`);

    const fromFile = await runCli(complete, {}, { cwd: folder });

    expect(fromFile).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    // It stops after a second, which a busy machine may need.
    await waitUntil("the environment is read", async () => {
      const env = { DATABASE_URL: scene.db.url };
      return (await runCli(complete, env, { cwd: folder })).stdout !== "";
    });
  });
});

describe("libpq's own variables", () => {
  const scene = setScene();

  it("name the database as well as DATABASE_URL does", async () => {
    const job = await givenJob(scene.db);
    const { hostname, port, username, pathname } = new URL(scene.db.url);
    const env = { PGHOST: hostname, PGPORT: port, PGUSER: username, PGDATABASE: pathname.slice(1) };

    const { code, stdout } = await runCli(["queue", "list", "-o", "name"], env);

    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `${job.id}\n` });
  });
});

describe("Postgres", () => {
  const scene = setScene();

  it("out of reach is 69, with the outcome unavailable from the scheduled commands", async () => {
    const url = `postgres://postgres@127.0.0.1:${await freePort()}/family_hub`;
    const env = { DATABASE_URL: url };

    const [retry, purge, list, add, migrate] = await Promise.all([
      scene.cli(["retry-accounts", "--json"], env),
      scene.cli(["purge-invitations", "--json"], env),
      scene.cli(["queue", "list", "--json"], env),
      scene.cli(["queue", "requeue", "00000000-0000-4000-8000-000000000000"], env),
      scene.cli(["migrate"], env),
    ]);

    for (const { code, stderr } of [retry, purge, list, add, migrate]) {
      expect(code).to.equal(69);
      expect(stderr).to.include("Postgres is unreachable").and.to.include("DATABASE_URL");
    }
    for (const { stdout } of [retry, purge]) {
      expect(JSON.parse(stdout)).to.include({ outcome: "unavailable" });
    }
    expect(list.stdout + add.stdout + migrate.stdout).to.equal("");
    expect(await scene.zitadel.control.calls()).to.deep.equal([]);
  });

  it("without that database or that user is 78: the setting is wrong", async () => {
    const noDatabase = { DATABASE_URL: testServer().url("no_such_database") };
    const noUser = { DATABASE_URL: scene.db.url.replace(/\/\/[^@]*@/, "//no_such_user@") };

    const results = await Promise.all([
      scene.cli(["queue", "list"], noDatabase),
      scene.cli(["queue", "list"], noUser),
      scene.cli(["retry-accounts"], noDatabase),
      scene.cli(["migrate"], noUser),
    ]);

    for (const [index, { code, stdout, stderr }] of results.entries()) {
      expect({ index, code, stdout }).to.deep.equal({ index, code: 78, stdout: "" });
      expect(stderr).to.include("no_such_").and.to.include("DATABASE_URL");
    }
  });

  it("that refuses the user a table is 78, naming what to grant", async () => {
    await scene.db.query(`
      do $$ begin
        if not exists (select from pg_roles where rolname = 'fhj_stranger') then
          create role fhj_stranger login;
        end if;
      end $$`);
    const env = { DATABASE_URL: scene.db.url.replace(/\/\/[^@]*@/, "//fhj_stranger@") };

    const { code, stdout, stderr } = await scene.cli(["queue", "list"], env);

    expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
    expect(stderr).to.include("permission denied").and.to.match(/grant/i);
  });
});
