// What TAB answers: commands, flags, values, ids of jobs; and never a word of complaint.
import { expect } from "chai";
import { createServer, type Server } from "node:net";
import { once } from "node:events";
import { complete } from "../../src/cli/candidates.ts";
import { runCli, type CliResult } from "../support/cli.ts";
import { emptyDatabase } from "../support/database.ts";
import { asRole, READER, runRoleFile } from "../support/deployed-roles.ts";
import { givenJob } from "../support/given.ts";
import { pressTab } from "../support/press-tab.ts";
import { commandTree, everyCommand } from "../support/program.ts";
import { everything, openTransaction } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { LOCK_CLASS, LOCK_KEYS } from "../../src/postgres/lock-keys.ts";
import { visibleChildren } from "../../src/command-line/tree.ts";

describe("what TAB offers", () => {
  it("is every command and every flag, at each level", async () => {
    for (const [path, command] of everyCommand()) {
      const words = path.split(" ").filter((word) => word !== "");

      const flags = await values(...words, "--");
      const below = await values(...words, "");

      const long = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long);
      expect(flags, path).to.include.members([...long, "--help"]);
      expect(below, path).to.include.members(visibleChildren(command).map((child) => child.name()));
    }
  });

  const answers: [string[], string[]][] = [
    [["qu"], ["queue"]],
    [
      ["migrate", ""],
      ["status", "rollback"],
    ],
    [
      ["queue", "re"],
      ["requeue", "resume"],
    ],
    [
      ["help", "queue", "re"],
      ["requeue", "resume"],
    ],
    [
      ["queue", "help", "re"],
      ["requeue", "resume"],
    ],
    [
      ["queue", "list", "--st"],
      ["--status", "--stuck"],
    ],
    [["queue", "list", "--status", "fa"], ["failed"]],
    [["queue", "list", "--status=fa"], ["--status=failed"]],
    [["queue", "list", "--status", "failed,pe"], ["failed,pending"]],
    [["queue", "list", "--status=failed,pe"], ["--status=failed,pending"]],
    [["queue", "list", "--status", "failed", "pe"], ["pending"]],
    [["queue", "list", "--error", "username"], ["username_taken"]],
    [["queue", "list", "--sort", "user"], ["username"]],
    [["queue", "list", "--sort", "-user"], ["-username"]],
    [
      ["queue", "list", "-o", "js"],
      ["json", "jsonl"],
    ],
    [["queue", "list", "--output=cs"], ["--output=csv"]],
    [["queue", "list", "--due", "--du"], []],
    [["queue", "list", "--username", "--due"], []],
    [["queue", "add", "--role", "a"], ["admin"]],
    [["runs", "--outcome", "di"], ["died"]],
    [["runs", "--command", "keys"], ["keys rotate"]],
    [
      ["keys", "generate", "--type", ""],
      ["EC", "oct"],
    ],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["completion", "bash", "z"], []],
    [["queue", "frobnicate", "re"], []],
    [["queue", "list", "--no-such=x"], []],
    [["keys", "list", "--", "--js"], []],
  ];
  for (const [words, expected] of answers) {
    it(`behind ${JSON.stringify(words.join(" "))} is ${expected.join(", ") || "nothing"}`, async () => {
      expect(await values(...words)).to.deep.equal(expected);
    });
  }

  it("is files where a flag names one, and nowhere else", async () => {
    const asked = async (...words: string[]) => (await complete(commandTree(), words)).files;

    expect(await asked("keys", "generate", "--out", "")).to.equal(true);
    expect(await asked("keys", "generate", "--from=ri")).to.equal(true);
    expect(await asked("keys", "generate", "--type", "")).to.equal(false);
    expect(await asked("queue", "list", "--search", "")).to.equal(false);
    expect(await asked("queue", "requeue", "")).to.equal(false);
  });

  it("is the flags where nothing else can stand", async () => {
    expect(await values("retry-accounts", ""))
      .to.include("--dry-run")
      .and.include("--strict");
    expect(await values("retry-accounts", "--strict", "")).not.to.include("--strict");
  });

  it("reports what each command and flag is for", async () => {
    const { candidates } = await complete(commandTree(), ["queue", "list", "--due"]);

    expect(candidates).to.deep.equal([{ value: "--due", description: "due now" }]);
  });
});

async function values(...words: string[]): Promise<string[]> {
  return (await complete(commandTree(), words)).candidates.map(({ value }) => value);
}

describe("the ids that TAB offers", () => {
  const scene = setScene("script");
  const linesOf = ({ code, stdout, stderr }: CliResult) => {
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    return stdout.split("\n").filter((line) => line !== "");
  };
  const press = async (...words: string[]) =>
    linesOf(await scene.cli(["__complete", "--", ...words]));
  const ask = async (...words: string[]) =>
    linesOf(await pressTab((...args) => scene.cli(args), ...words));
  const ids = (lines: string[]) => lines.map((line) => line.split("\t", 1)[0]);

  it("are for queue undo those of the newest requeues, with time, actor and count", async () => {
    const failed = { status: "failed", lastErrorCode: "timeout" };
    const [a, b] = [await givenJob(scene.db, failed), await givenJob(scene.db, failed)];
    const requeue = (...args: string[]) =>
      scene.json<{ actionId: string }>(["queue", "requeue", "--actor", "alice", ...args]);
    const first = await requeue(a.id);
    await scene.json(["queue", "undo", first.actionId]);
    const second = await requeue(a.id, b.id);

    const all = await ask("queue", "undo", "");
    const begun = await ask("queue", "undo", first.actionId.slice(0, 9));

    expect(ids(all)).to.deep.equal([second.actionId, first.actionId]);
    expect(all[0]?.split("\t")[1]).to.match(/^\d{4}-\d\d-\d\dT\S+Z, alice, 2 jobs$/);
    expect(all[1]).to.match(/, alice, 1 job$/);
    expect(ids(begun)).to.deep.equal([first.actionId]);
    expect(await press("queue", "undo", "x")).to.deep.equal([]);
  });

  it("are those that the verb can act on, the newest first, each with its username and cause", async () => {
    const old = await givenJob(scene.db, {
      ...{ status: "failed", username: "old_kid", lastErrorCode: "timeout" },
      createdAt: "now() at time zone 'UTC' - interval '1 day'",
    });
    const fresh = await givenJob(scene.db, { status: " Failed ", username: "new_kid" });
    const waiting = await givenJob(scene.db, {
      createdAt: "now() at time zone 'UTC' - interval '2 days'",
    });

    const requeue = await ask("queue", "requeue", "");
    const cancel = await ask("queue", "cancel", "");
    const show = await ask("queue", "show", "");
    const another = await ask("queue", "requeue", fresh.id, "");
    const retry = await ask("retry-accounts", "--job=");

    expect(requeue).to.deep.equal([`${fresh.id}\tnew_kid, failed`, `${old.id}\told_kid, timeout`]);
    for (const all of [cancel, show]) {
      expect(ids(all)).to.deep.equal([fresh.id, old.id, waiting.id]);
    }
    expect(ids(another)).to.deep.equal([old.id]);
    expect(ids(retry)).to.deep.equal([fresh, old, waiting].map(({ id }) => `--job=${id}`));
  });

  it("begin with what was typed, in either case", async () => {
    const jobs = await Promise.all(Array.from({ length: 8 }, () => givenJob(scene.db)));
    const { id } = jobs[0] as { id: string };
    const expected = (length: number) =>
      jobs.map((job) => job.id).filter((other) => other.startsWith(id.slice(0, length)));

    for (const length of [1, 2, 8, 9, 12, 36]) {
      const found = ids(await ask("queue", "show", id.slice(0, length)));
      expect(found, String(length)).to.have.members(expected(length));
    }

    expect(ids(await ask("queue", "show", id.slice(0, 12).toUpperCase()))).to.deep.equal([id]);
    expect(await press("queue", "show", "kim")).to.deep.equal([]);
    expect(await press("queue", "show", `${id}0`)).to.deep.equal([]);
  });

  it("are for queue show also usernames that begin this way, each once, with the state of its newest job", async () => {
    const old = { createdAt: "now() at time zone 'UTC' - interval '1 day'" };
    const failed = { status: "failed", lastErrorCode: "timeout" };
    await givenJob(scene.db, { ...failed, ...old, username: "kim_s" });
    await givenJob(scene.db, { username: " Kim_S" });
    await givenJob(scene.db, { ...failed, username: "kim_t" });
    await givenJob(scene.db, { username: "kim; rm" });
    const beef = await givenJob(scene.db, {
      ...{ id: "beef1234-9a4d-4c1b-8e52-6f0d7a1b2c3d", username: "tom_1" },
    });
    await givenJob(scene.db, { username: "beefy" });

    expect(await ask("queue", "show", "kim")).to.deep.equal(["kim_s\tpending", "kim_t\ttimeout"]);
    expect(ids(await ask("queue", "show", "Kim_t"))).to.deep.equal(["kim_t"]);
    expect(ids(await ask("queue", "show", "beef"))).to.deep.equal([beef.id, "beefy"]);
    expect(ids(await ask("queue", "show", ""))).to.have.length(6);
    expect(await press("queue", "requeue", "kim")).to.deep.equal([]);
  });

  it("are fifty at most", async () => {
    await Promise.all(Array.from({ length: 55 }, () => givenJob(scene.db)));

    expect(await ask("queue", "show", "")).to.have.length(50);
  });

  it("have one line each, whatever a name contains", async () => {
    const job = await givenJob(scene.db, { username: "a\tb\u001b[2J\n:files" });

    expect(await ask("queue", "show", "")).to.deep.equal([`${job.id}\ta b [2J :files, pending`]);
  });

  it("change nothing, and come again the second time; a role that only reads suffices", async () => {
    await runRoleFile(scene.db);
    const job = await givenJob(scene.db, { status: "failed" });
    const before = await everything(scene.db);

    const first = await ask("queue", "requeue", "");
    const asReader = (...args: string[]) => scene.cli(args, asRole(scene.db, READER));
    const second = await pressTab(asReader, "queue", "requeue", "");

    expect(ids(first)).to.deep.equal([job.id]);
    expect(second).to.deep.equal({ code: 0, stdout: `${first.join("\n")}\n`, stderr: "" });
    expect(await everything(scene.db)).to.deep.equal(before);
  });
});

describe("TAB without an answer from Postgres", () => {
  const scene = setScene();
  const nothing = { code: 0, stdout: "", stderr: "" };
  const ask = (env: Record<string, string>) =>
    runCli(["__complete", "--", "queue", "requeue", ""], env);
  let frozen: Server;

  before(async () => {
    frozen = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(frozen, "listening");
  });
  after(() => frozen.close());

  it("is silent without configuration, or with a wrong one", async () => {
    expect(await ask({})).to.deep.equal(nothing);
    expect(await ask({ DATABASE_URL: "mysql://nowhere" })).to.deep.equal(nothing);
    expect(await ask({ DATABASE_URL_FILE: "/nonexistent" })).to.deep.equal(nothing);
  });

  it("is silent where nobody listens, and where the schema is missing", async () => {
    const db = await emptyDatabase();

    expect(await ask({ DATABASE_URL: "postgres://x@127.0.0.1:1/x" })).to.deep.equal(nothing);
    expect(await ask({ DATABASE_URL: db.url })).to.deep.equal(nothing);
    await db.drop();
  });

  it("stops after about a second if Postgres is frozen, or a migration runs", async () => {
    await givenJob(scene.db, { status: "failed" });
    const { port } = frozen.address() as { port: number };
    const migration = await openTransaction(
      scene.db,
      `select pg_advisory_xact_lock(${LOCK_CLASS}, ${LOCK_KEYS.schema})`,
    );
    const begin = performance.now();

    const answers = await Promise.all([
      ask({ DATABASE_URL: `postgres://x@127.0.0.1:${port}/x` }),
      ask({ DATABASE_URL: scene.db.url }),
    ]);
    const tookMs = performance.now() - begin;
    await migration.end();

    expect(answers).to.deep.equal([nothing, nothing]);
    // Connecting alone is given ten seconds elsewhere, and a migration thirty.
    expect(tookMs).to.be.below(10_000);
  });

  it("still offers flags", async () => {
    const { stdout } = await runCli(["__complete", "--", "queue", "requeue", "--dry"]);

    expect(stdout).to.equal("--dry-run\tshow what would be requeued; change nothing\n");
  });
});

describe("completion", () => {
  it("prints a script for each shell: both names, no complaint on the terminal, nothing evaluated", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { code, stdout, stderr } = await runCli(["completion", shell]);

      expect({ shell, code, stderr }).to.deep.equal({ shell, code: 0, stderr: "" });
      expect(stdout)
        .to.match(/(complete|compdef) .*family-hub-jobs/)
        .and.to.match(/\bfhj\b/);
      expect(stdout).to.match(/__complete -- .*2>\/dev\/null/);
      expect(stdout)
        .to.include(":files")
        .and.not.to.match(/\beval\b/);
    }
  });

  it("of another shell, or of none, is 64 and names those that there are", async () => {
    const [other, none] = await Promise.all([
      runCli(["completion", "powershell"]),
      runCli(["completion"]),
    ]);

    expect([other.code, none.code, other.stdout, none.stdout]).to.deep.equal([64, 64, "", ""]);
    expect(other.stderr).to.include("bash, zsh, fish");
    expect(none.stderr).to.include("shell");
  });

  it("is not in the help: its query, `__complete`, is for the scripts", async () => {
    const { stdout } = await runCli(["--help"]);

    expect(stdout).to.include("completion <shell>").and.not.to.include("__complete");
  });
});
