// A METRICS_DIR that is not as it should be, or that others write, too: no run fails for it.
import { expect } from "chai";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { BINARY } from "../support/cli.ts";
import { useDirectory } from "../support/given-directory.ts";
import { givenJob } from "../support/given.ts";
import { readSamples } from "../support/prometheus-text.ts";
import { runProgram, setScene } from "../support/scene.ts";
import { withoutPrivileges } from "../support/without-privileges.ts";

const NAME = "family_hub_jobs_retry_accounts.prom";

describe("a METRICS_DIR", () => {
  const scene = setScene();
  const directory = useDirectory();
  const run = (METRICS_DIR: string, args: string[] = []) =>
    scene.cli(["retry-accounts", ...args], { METRICS_DIR });

  it("that cannot be written is reported, also with -q, and does not change the run", async () => {
    const file = join(directory(), "file");
    writeFileSync(file, "");
    mkdirSync(join(directory(), "taken", NAME), { recursive: true });
    const cases = { [join(directory(), "none")]: "ENOENT", [file]: "ENOTDIR" };
    cases[join(directory(), "taken")] = "EISDIR";
    for (const [path, reason] of Object.entries(cases)) {
      await givenJob(scene.db);

      const { code, stdout, stderr } = await run(path, ["-q"]);

      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "" });
      expect(stderr).to.match(/^family-hub-jobs: the metrics were not written .*\n$/);
      expect(stderr).to.include(path).and.to.include("METRICS_DIR").and.to.include(reason);
    }
    expect(readdirSync(join(directory(), "taken"))).to.deep.equal([NAME]);
    const { created } = await scene.db.one<{ created: number }>(
      "select count(*)::int as created from auth.users",
    );
    expect(created).to.equal(3);
  });

  it("that only others may write is reported, and the old numbers stay", async function () {
    await run(directory());
    const before = readFileSync(join(directory(), NAME), "utf8");
    chmodSync(directory(), 0o555);

    const env = { ...scene.env, METRICS_DIR: directory() };
    const line = withoutPrivileges([process.execPath, BINARY, "retry-accounts"]);
    const { code, stderr } = await runProgram(...line, env);
    chmodSync(directory(), 0o755);

    expect(code).to.equal(0);
    expect(stderr).to.include("EACCES").and.to.include("METRICS_DIR");
    expect(readFileSync(join(directory(), NAME), "utf8")).to.equal(before);
  });

  it("that is no absolute path is 78 before anything is touched", async () => {
    const { code, stdout, stderr } = await run("metrics");

    expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
    expect(stderr).to.include("METRICS_DIR").and.to.include("absolute path");
  });

  it("gets files that everybody may read, whatever the umask", async () => {
    const env = { ...scene.env, METRICS_DIR: directory() };
    const command = `umask 077; exec '${process.execPath}' '${BINARY}' retry-accounts`;

    const { code } = await runProgram("sh", ["-c", command], env);

    expect(code).to.equal(0);
    expect(statSync(join(directory(), NAME)).mode & 0o777).to.equal(0o644);
  });

  it("in which somebody put a link keeps what the link leads to", async () => {
    const victim = join(directory(), "victim");
    writeFileSync(victim, "precious");
    symlinkSync(victim, join(directory(), NAME));

    const { code, stderr } = await run(directory());

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(readFileSync(victim, "utf8")).to.equal("precious");
    expect(lstatSync(join(directory(), NAME)).isFile()).to.equal(true);
  });

  it("in which somebody put a pipe does not hold a run up", async () => {
    await runProgram("mkfifo", [join(directory(), NAME)], {});
    const wrong = { METRICS_DIR: directory(), DATABASE_URL: "none" };

    const { code } = await scene.cli(["retry-accounts"], wrong);

    expect(code).to.equal(78);
    expect(lstatSync(join(directory(), NAME)).isFile()).to.equal(true);
  });

  it("that claims a success still to come is not believed: a failing run says 0", async () => {
    const path = join(directory(), NAME);
    const success = "family_hub_jobs_last_success_timestamp_seconds";
    const sample = `${success}{command="retry-accounts"}`;
    const wrong = { METRICS_DIR: directory(), DATABASE_URL: "none" };
    const after = async (said: string) => {
      writeFileSync(path, `${sample} ${said}\n`);
      await scene.cli(["retry-accounts"], wrong);
      return new RegExp(`^${success}\\{.*\\} (\\S+)$`, "m").exec(readFileSync(path, "utf8"))?.[1];
    };

    expect(await after("9e+99")).to.equal("0");
    expect(await after(String(Math.ceil(Date.now() / 1000) + 3600))).to.equal("0");
    expect(await after("1769846400")).to.equal("1769846400");
  });

  it("is cleaned of what killed runs of the command left, and of nothing else", async () => {
    const draft = "0e9f6f5c-5c2e-4a3b-9d8f-1c2b3a4d5e6f";
    const old = new Date(Date.now() - 2 * 3_600_000);
    const left = [`${NAME}.${draft.replace("0e", "0f")}`, `${NAME}.bak`, `other.prom.${draft}`];
    for (const name of [`${NAME}.${draft}`, ...left]) {
      writeFileSync(join(directory(), name), "");
      if (name !== left[0]) utimesSync(join(directory(), name), old, old);
    }

    const { code, stderr } = await run(directory());

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(readdirSync(directory())).to.have.members([NAME, ...left]);
  });

  it("is never found with half a file, while many runs write at once", async () => {
    const wrong = { METRICS_DIR: directory(), DATABASE_URL: "none" };
    await run(directory());
    const path = join(directory(), NAME);
    let reads = 0;
    let over = false;

    const runs = Promise.all([1, 2, 3, 4].map(() => scene.cli(["retry-accounts"], wrong))).finally(
      () => (over = true),
    );
    while (!over) {
      expect(readSamples(readFileSync(path, "utf8")).size).to.be.above(8);
      reads += 1;
      await new Promise((resolve) => setImmediate(resolve));
    }

    expect((await runs).map(({ code }) => code)).to.deep.equal([78, 78, 78, 78]);
    expect(reads).to.be.above(10);
    expect(readdirSync(directory())).to.deep.equal([NAME]);
  });
});
