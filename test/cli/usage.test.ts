// What the command line says about itself, and about calls that it does not understand.
import { expect } from "chai";
import { runCli, spawnCli } from "../support/cli.ts";
import { packageVersion } from "../../src/version.ts";

describe("a wrong call", () => {
  const suggestions: [string[], string][] = [
    [["retry-acounts"], "retry-accounts"],
    [["queue", "lst"], "list"],
    [["rnus"], "runs"],
    [["retry-accounts", "--limt", "3"], "--limit"],
    [["queue", "list", "--statsu", "failed"], "--status"],
    [["migrate", "rollbak"], "rollback"],
    [["queue", "lsit"], "queue list"],
    [["requeu"], "queue requeue"],
    [["requeue"], "queue requeue"],
    [["list"], "queue list"],
    [["retry"], "retry-accounts"],
    [["purge"], "purge-invitations or purge-jobs"],
    [["queue", "runs"], "runs"],
    [["keys", "status"], "migrate status"],
    [["status"], "queue stats.*doctor"],
    [["queue", "retry"], "queue requeue"],
    [["retry"], "retry-accounts.*queue requeue"],
    [["migrate", "stats"], "migrate status"],
    [["queue", "list", "--stauts", "failed"], "--status"],
    [["keys", "rotate", "--dryrun"], "--dry-run"],
    [["migrate", "status", "--chek"], "--check"],
  ];
  for (const [args, suggestion] of suggestions) {
    it(`ends with 64 and a suggestion: ${args.join(" ")}`, async () => {
      const { code, stdout, stderr } = await runCli(args);

      expect(code).to.equal(64);
      expect(stdout).to.equal("");
      expect(stderr).to.match(new RegExp(`did you mean.*${suggestion}`, "i"));
    });
  }

  it("that resembles no command suggests nothing", async () => {
    const { code, stderr } = await runCli(["xyzzy"]);

    expect(code).to.equal(64);
    expect(stderr)
      .to.include("unknown command 'xyzzy'")
      .and.not.to.match(/did you mean/i);
  });

  it("ends with 64 and says what is wrong, on stderr alone", async () => {
    const calls: [string[], RegExp][] = [
      [["retry-accounts", "now"], /too many arguments/i],
      [["retry-accounts", "--limit"], /--limit/],
      [["retry-accounts", "--limit", "0"], /--limit/],
      [["retry-accounts", "--concurrency", "201"], /--concurrency/],
      [["retry-accounts", "--max-duration", "50"], /--max-duration.*unit/s],
      [["retry-accounts", "--job", "12"], /--job.*UUID/s],
      [["retry-accounts", "--wait", "-1s"], /--wait/],
      [["purge-invitations", "--batch-size", "0"], /--batch-size/],
      [["purge-invitations", "--grace", "a month"], /--grace/],
      [["purge-jobs", "--batch-size", "100001"], /--batch-size/],
      [["purge-jobs", "--retention", "1h"], /--retention.*at least 1d/s],
      [["queue", "erase"], /--username/],
      [["queue"], /list/],
      [["keys"], /generate/],
      [[], /retry-accounts/],
    ];

    const results = await Promise.all(calls.map(([args]) => runCli(args)));

    for (const [index, { code, stdout, stderr }] of results.entries()) {
      const [args = [], said = /./] = calls[index] ?? [];
      const call = args.join(" ");
      expect({ call, code, stdout }).to.deep.equal({ call, code: 64, stdout: "" });
      expect(stderr, call).to.match(said);
    }
  });
});

describe("--help", () => {
  it("answers on stdout with 0 at each level, without any setting", async () => {
    const pages: [string[], string[]][] = [
      [
        ["--help"],
        ["retry-accounts", "purge-invitations", "queue list", "queue requeue", "migrate"],
      ],
      [["-h"], ["retry-accounts"]],
      [["help"], ["retry-accounts"]],
      [
        ["retry-accounts", "--help"],
        ["--limit", "--shard", "--dry-run", "--strict"],
      ],
      [
        ["purge-invitations", "--help"],
        ["--grace", "--batch-size"],
      ],
      [
        ["queue", "--help"],
        ["list", "requeue", "show", "cancel", "stats", "errors", "add"],
      ],
      [
        ["queue", "list", "--help"],
        ["--status", "--cursor", "--sort"],
      ],
      [["queue", "stats", "--help"], ["--exact"]],
      [
        ["doctor", "--help"],
        ["--json", "-q", "1 a fault"],
      ],
      [["queue", "errors", "--help"], ["-o, --output"]],
      [
        ["queue", "requeue", "--help"],
        ["--reason", "--actor"],
      ],
      [
        ["queue", "show", "--help"],
        ["<id>", "--json"],
      ],
      [
        ["queue", "cancel", "--help"],
        ["--reason", "--actor", "--dry-run", "--wait", "--yes"],
      ],
      [
        ["queue", "add", "--help"],
        ["--password-stdin", "--generate"],
      ],
      [
        ["queue", "erase", "--help"],
        ["--username", "--yes", "--dry-run"],
      ],
      [
        ["purge-jobs", "--help"],
        ["--retention", "--password-retention", "--max-lock-age"],
      ],
      [
        ["keys", "generate", "--help"],
        ["--type", "--out", "--from"],
      ],
      [
        ["keys", "rotate", "--help"],
        ["--batch-size", "--dry-run", "--reason"],
      ],
      [
        ["runs", "--help"],
        ["--command", "--outcome", "--since"],
      ],
      [["keys", "list", "--help"], ["--output"]],
      [["keys", "public", "--help"], ["--all"]],
      [
        ["migrate", "--help"],
        ["status", "rollback", "--reason", "--actor"],
      ],
      [
        ["migrate", "rollback", "--help"],
        ["--all", "--yes", "--reason", "--actor"],
      ],
    ];

    const results = await Promise.all(pages.map(([args]) => runCli(args)));

    for (const [index, { code, stdout, stderr }] of results.entries()) {
      const [args = [], words = []] = pages[index] ?? [];
      const call = args.join(" ");
      expect({ call, code, stderr }).to.deep.equal({ call, code: 0, stderr: "" });
      expect(stdout, call).to.match(/Usage: family-hub-jobs/);
      for (const word of words) expect(stdout, call).to.include(word);
    }
  });

  it("shows the four most used commands first", async () => {
    const { stdout } = await runCli(["--help"]);

    const first = ["retry-accounts", "purge-invitations", "queue list", "queue requeue"];
    const [, commands = ""] = stdout.split(/^Most used:$/m);
    const everyDay = commands.split("\n\n", 1)[0]?.trim().split("\n");
    expect(everyDay).to.have.length(first.length);
    const places = [...first, "queue show", "queue cancel", "queue add", "migrate"].map((name) =>
      commands.indexOf(`  ${name}`),
    );
    expect(places).not.to.include(-1);
    expect(places).to.deep.equal(places.toSorted((a, b) => a - b));
  });
});

describe("--version", () => {
  it("prints the package's version, and behind it the commit where the build knew it", async () => {
    const results = await Promise.all([spawnCli(["--version"]), spawnCli(["-V"])]);

    for (const { code, stdout, stderr } of results) {
      const [version, ...commit] = stdout.split(/[ \n]/);
      expect({ code, version, stderr }).to.deep.equal({
        code: 0,
        version: packageVersion(),
        stderr: "",
      });
      expect(commit.join(" ")).to.match(/^(\([0-9a-f]{7,}(-dirty)?\) )?$/);
    }
  });
});
