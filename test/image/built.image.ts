// The image as buildah builds it runs read-only, under every user id, against a real database. Needs root and Debian's buildah.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import type { CliResult } from "../support/cli.ts";
import { COMMIT } from "../support/dockerfile.ts";
import { givenJob } from "../support/given.ts";
import { parseReport, runProgram, setScene } from "../support/scene.ts";
import { testRingFile } from "../support/test-server.ts";
import { packageVersion } from "../../src/version.ts";
import { buildWithBuildah, type BuiltImage } from "./buildah.ts";

/** As a runtime starts a container: on a read-only file system, with its own /proc. */
const START = `set -e
root=$1 workdir=$2 user=$3
shift 3
mount --bind "$root" "$root"
mount --bind /etc/hosts "$root/etc/hosts"
mount -o remount,bind,ro "$root"
cd "$root$workdir"
mount -t proc proc "$root/proc"
exec setpriv --no-new-privs chroot --userspec="$user" --groups="\${user#*:}" "$root" "$@"`;

const MB = 1_000_000;

describe("the image that buildah builds", () => {
  const scene = setScene();
  let folder = "";
  let image: BuiltImage;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "family-hub-buildah-"));
    image = await buildWithBuildah(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const start = (user: string, args: readonly string[] = image.config.Cmd): Promise<CliResult> => {
    const { Entrypoint, Env, WorkingDir } = image.config;
    const { PASSWORD_KEYS_FILE: _, ...env } = scene.env;
    return runProgram(
      "unshare",
      [
        ...["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", START, "sh"],
        ...[image.root, WorkingDir, user, ...Entrypoint, ...args],
      ],
      {
        ...{ ...Object.fromEntries(Env.map((line) => line.split("="))), ...env },
        PASSWORD_KEYS: readFileSync(testRingFile(), "utf8"),
      },
    );
  };

  it("says what it is, and holds no setting of the machine that built it", () => {
    const { User, Env, Labels } = image.config;

    expect(User).to.equal("10001:10001");
    expect(Env.map((line) => line.replace(/=.*/, ""))).to.deep.equal(["PATH"]);
    expect(Labels).to.include({
      "org.opencontainers.image.version": packageVersion(),
      "org.opencontainers.image.revision": COMMIT,
    });
    const folders = readdirSync(image.root, { recursive: true, encoding: "utf8" });
    expect(folders.filter((path) => /npmrc$|certificates|(^|\/)npm$/.test(path))).to.deep.equal([]);
  });

  // The Dockerfile's own; and as OpenShift has it, any number with the group of root.
  for (const user of ["10001:10001", "1000720000:0"]) {
    it(`runs read-only as ${user}`, async () => {
      await givenJob(scene.db);

      expect(await start(user, ["--version"])).to.deep.equal({
        ...{ code: 0, stdout: `${packageVersion()} (${COMMIT.slice(0, 7)})\n`, stderr: "" },
      });
      expect((await start(user)).stdout).to.include("retry-accounts");
      const doctor = await start(user, ["doctor", "--json"]);
      expect(doctor, doctor.stdout).to.include({ code: 0, stderr: "" });
      const run = await start(user, ["retry-accounts", "--json"]);
      expect(parseReport(run)).to.include({ outcome: "completed", due: 1, created: 1 });
      const written = await start(user, ["keys", "generate", "--out", "/app/ring.json"]);
      expect(written.stderr).to.include("EROFS");
    });
  }

  it("is no larger than it needs to be", () => {
    const [app, node] = ["app", "usr/local/bin/node"].map((path) => bytes(join(image.root, path)));

    process.stdout.write(`      on top of its base: app ${mb(app)}, node ${mb(node)}\n`);
    expect(app).to.be.within(20 * MB, 40 * MB);
  });
});

function mb(size = 0): string {
  return `${(size / MB).toFixed(1)} MB`;
}

/** Of a file, or of all in a folder. */
function bytes(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.size;
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
