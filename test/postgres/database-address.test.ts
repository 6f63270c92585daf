// Getting in at Postgres: with a password, without the one that is asked for, by any kind of URL.
import { expect } from "chai";
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { expectEachOnce } from "../support/books.ts";
import { spawnCli } from "../support/cli.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { useFiles } from "../support/given-settings.ts";
import { ownServer } from "../support/own-server.ts";
import { everything } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

describe("a server that asks for a password", () => {
  const file = useFiles();
  const own = ownServer(() => [`hba_file=${hbaFile()}`]);
  const scene = setScene("own", own.open);

  function hbaFile(): string {
    const lines = [
      "host all postgres 127.0.0.1/32 trust",
      "host all all 127.0.0.1/32 scram-sha-256",
    ];
    const path = file("pg_hba.conf", `${lines.join("\n")}\n`);
    // The server runs as another user than root.
    chmodSync(dirname(path), 0o755);
    return path;
  }

  before(() => scene.db.query("create role jobs login superuser password 'Pa55:w/ord@1'"));

  const urlFor = (credentials: string) => scene.db.url.replace(/\/\/[^@]*@/, `//${credentials}@`);

  const lacking: readonly (readonly [string, string])[] = [
    ["is not in the URL", "jobs"],
    ["is empty in the URL", "jobs:"],
  ];
  for (const [how, credentials] of lacking) {
    it(`that ${how} ends every command with 78 at once, saying that it lacks`, async () => {
      await givenDueJobs(scene.db, 1);
      const before = await everything(scene.db);
      const env = { DATABASE_URL: urlFor(credentials) };
      const commands = [["retry-accounts"], ["purge-invitations"], ["queue", "list"], ["migrate"]];

      const results = await Promise.all(commands.map((args) => scene.cli(args, env)));

      for (const { code, stdout, stderr } of results) {
        expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
        expect(stderr).to.include(
          "DATABASE_URL (or PG*) lacks the password that Postgres asks for",
        );
      }
      expect(await everything(scene.db)).to.deep.equal(before);
      expect(await scene.zitadel.control.calls()).to.deep.equal([]);
    });
  }

  it("that is wrong ends a run with 78, and is not printed", async () => {
    const { code, stdout, stderr } = await scene.cli(["retry-accounts"], {
      DATABASE_URL: urlFor("jobs:Wr0ng_Secret"),
    });

    expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
    expect(stderr).to.include("password authentication failed").and.to.include("DATABASE_URL");
    expect(stderr).not.to.include("Wr0ng_Secret");
  });

  it("lets a run log in that has it in the URL, escaped, or in PGPASSWORD", async () => {
    const ids = await givenDueJobs(scene.db, 2);

    const byUrl = await scene.retry(["--limit", "1"], {
      DATABASE_URL: urlFor(`jobs:${encodeURIComponent("Pa55:w/ord@1")}`),
    });
    const byVariable = await scene.retry([], {
      ...{ DATABASE_URL: urlFor("jobs"), PGPASSWORD: "Pa55:w/ord@1" },
    });

    expect([byUrl.report.created, byVariable.report.created]).to.deep.equal([1, 1]);
    await expectEachOnce(scene, ids);
  });

  it("lets every command log in that has it in ~/.pgpass, with nothing on stderr", async () => {
    const ids = await givenDueJobs(scene.db, 1);
    const path = file(".pgpass", "127.0.0.1:*:*:jobs:Pa55\\:w/ord@1\n");
    chmodSync(path, 0o600);
    const env = { DATABASE_URL: urlFor("jobs"), PGPASSFILE: path };

    const migrated = await spawnCli(["migrate", "-q"], { ...scene.env, ...env });
    const listed = await spawnCli(["queue", "list", "-o", "name"], { ...scene.env, ...env });
    const wrong = await spawnCli(["queue", "list"], {
      ...scene.env,
      ...env,
      DATABASE_URL: urlFor("x"),
    });

    expect(migrated).to.deep.include({ code: 0, stdout: "", stderr: "" });
    expect(listed).to.deep.include({ code: 0, stdout: `${ids[0]}\n`, stderr: "" });
    expect(wrong.code).to.equal(78);
    expect(wrong.stderr).to.include("lacks the password that Postgres asks for");
  });
});

describe("a DATABASE_URL with its host and port as parameters", () => {
  const scene = setScene();

  const forms: Readonly<Record<string, (url: URL, database: string) => string>> = {
    "and a user": ({ port }, database) =>
      `postgres://postgres@/${database}?host=127.0.0.1&port=${port}`,
    "and the user as well": ({ port }, database) =>
      `postgres:///${database}?host=127.0.0.1&port=${port}&user=postgres`,
    "with sslmode": ({ port }, database) =>
      `postgresql://postgres@/${database}?sslmode=prefer&host=127.0.0.1&port=${port}`,
  };
  for (const [how, write] of Object.entries(forms)) {
    it(`${how} is worked on like any other`, async () => {
      const url = new URL(scene.db.url);
      const env = { DATABASE_URL: write(url, url.pathname.slice(1)) };
      const ids = await givenDueJobs(scene.db, 1);

      const { code, report } = await scene.retry([], env);
      const list = await scene.cli(["queue", "list", "-o", "name"], env);
      const status = await scene.cli(["migrate", "status", "--check"], env);

      expect(code).to.equal(0);
      expect(report).to.include({ outcome: "completed", created: 1 });
      expect(list.stdout).to.equal(`${ids[0]}\n`);
      expect(status.code).to.equal(0);
      await expectEachOnce(scene, ids);
    });
  }
});
