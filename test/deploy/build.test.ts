// The build without git, as in an image: it never fails, and contains the given commit.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { spawnCli } from "../support/cli.ts";
import { CHECKOUT } from "../support/documents.ts";
import { useWatcher } from "../support/watcher.ts";
import { loadedBy } from "../support/loaded-sources.ts";
import { packageVersion } from "../../src/version.ts";

const execute = promisify(execFile);

describe("the build", () => {
  it("takes a scheduled command, and queue list, from a file without the other commands", async () => {
    const [tick, list, show] = await Promise.all(
      [["retry-accounts"], ["queue", "list"], ["queue", "show"]].map((command) =>
        loadedBy((env) => spawnCli([...command, "--help"], env)),
      ),
    );

    expect(tick).to.include("src/retry/retry-accounts.flags.ts");
    expect(list).to.include("src/queue/list/list.flags.ts");
    for (const small of [tick, list]) expect(small).not.to.include("src/doctor/doctor.flags.ts");
    expect(show).to.include("src/doctor/doctor.flags.ts");
  });

  it("gives a scheduled command no tables to load, and commands with tables theirs", async () => {
    const [scheduled, all] = await Promise.all(
      ["scheduled-commands", "all-commands"].map((name) =>
        readFile(`${CHECKOUT}dist/bin/${name}.js`, "utf8"),
      ),
    );

    expect(scheduled).not.to.include("cli-table3");
    expect(all).to.include("node_modules/cli-table3/src/table.js");
  });

  it("answers for a command with a smaller file as for any other", async () => {
    for (const command of ["retry-accounts", "purge-invitations", "purge-jobs", "queue list"]) {
      const words = command.split(" ");
      const [direct, asked] = await Promise.all([
        spawnCli([...words, "--help"]),
        spawnCli(["help", ...words]),
      ]);

      expect(direct).to.deep.equal(asked);
    }
  });
});

describe("the build without git", () => {
  const watcher = useWatcher();
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "family-hub-build-"));
    for (const name of ["bin", "migrations", "src", "build.mjs", "package.json", "tsconfig.json"]) {
      await cp(join(CHECKOUT, name), join(folder, name), { recursive: true });
    }
    await symlink(join(CHECKOUT, "node_modules"), join(folder, "node_modules"));
    // What would ask git must not find it.
    await mkdir(join(folder, "no-programs"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  type Env = Readonly<Record<string, string>>;

  async function shown(args: readonly string[], env: Env): Promise<string> {
    const options = { cwd: folder, env: { PATH: join(folder, "no-programs"), ...env } };
    return (await execute(process.execPath, args, options)).stdout;
  }
  async function builtVersion(env: Env): Promise<string> {
    await shown(["build.mjs"], env);
    return shown(["dist/bin/family-hub-jobs.js", "-V"], env);
  }
  const commitOf = (env: Env) => shown(["build.mjs", "--commit"], env);

  it("notifies nobody whom a .env in the checkout names", async () => {
    await writeFile(join(folder, ".env"), `PING_URL=${watcher.url}\n`);

    await shown(["build.mjs"], {});

    expect(watcher.noted).to.deep.equal([]);
    await rm(join(folder, ".env"));
  });

  it("leaves the commit out", async () => {
    expect(await builtVersion({})).to.equal(`${packageVersion()}\n`);
  });

  it("takes it from GIT_COMMIT, where that is one", async () => {
    const env = { GIT_COMMIT: "0123456789abcdef0123456789abcdef01234567" };

    expect(await builtVersion(env)).to.equal(`${packageVersion()} (0123456)\n`);
    expect(await commitOf(env)).to.equal("0123456\n");
    expect(await commitOf({ GIT_COMMIT: "$(git rev-parse HEAD)" })).to.equal("\n");
  });

  it("leaves it out, too, where git is missing, or what is called .git is none of git's", async () => {
    await mkdir(join(folder, ".git"));
    const git = { PATH: process.env["PATH"] ?? "", GIT_CEILING_DIRECTORIES: tmpdir() };

    for (const env of [{}, git]) expect(await commitOf(env)).to.equal("\n");
  });
});
