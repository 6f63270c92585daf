// What systemd and logrotate themselves say of the files for them.
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";

const execute = promisify(execFile);
const SERVICE = "family-hub-jobs@.service";

/** systemd's "OK" on a scale from 0 to 10, which rates what the service could still do. */
const EXPOSURE_AT_MOST = 2;

describe("the units of deploy/systemd", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "family-hub-systemd-"));
    await cp(join(CHECKOUT, "deploy", "systemd"), folder, { recursive: true });
    // The program must be there; where it will be is for the installation to say.
    const text = await readFile(join(folder, SERVICE), "utf8");
    const line = "ExecStart=family-hub-jobs";
    await writeFile(join(folder, SERVICE), text.replace(line, "ExecStart=/bin/true"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const analyze = (...args: string[]) =>
    execute("systemd-analyze", args, { env: { ...process.env, SYSTEMD_UNIT_PATH: `${folder}:` } });

  it("are found valid by systemd-analyze verify, which prints nothing", async () => {
    const timers = (await readdir(folder)).filter((name) => name.endsWith(".timer"));
    const services = timers.map((name) => name.replace(".timer", ".service"));

    const said = await analyze("verify", "--man=no", ...timers, ...services);

    expect(timers).to.have.length(3);
    expect(said).to.deep.equal({ stdout: "", stderr: "" });
  });

  it("leave a run few permissions", async () => {
    const { stdout } = await analyze(
      "security",
      "--offline=yes",
      "--no-pager",
      join(folder, SERVICE),
    );

    const [, exposure] = /Overall exposure level for .*: ([\d.]+) /.exec(stdout) ?? [];
    expect(Number(exposure)).to.be.below(EXPOSURE_AT_MOST);
  });
});

describe("deploy/logrotate/family-hub-jobs", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "family-hub-logrotate-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it("rotates a log that a run wrote, and leaves an empty one for the next", async () => {
    const text = await readFile(join(CHECKOUT, "deploy", "logrotate", "family-hub-jobs"), "utf8");
    const rules = join(folder, "rules");
    const here = text
      .replaceAll("/var/log/family-hub-jobs", folder)
      .replaceAll("family-hub-jobs adm", "root root");
    await writeFile(rules, here, { mode: 0o644 });
    await writeFile(join(folder, "retry-accounts.log"), "a line\n");

    await execute("logrotate", ["--force", "--state", join(folder, "state"), rules], {
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
    });

    const logs = (await readdir(folder)).filter((name) => name.startsWith("retry-accounts"));
    expect(logs).to.have.length(2);
    expect(await readFile(join(folder, "retry-accounts.log"), "utf8")).to.equal("");
    const [moved = ""] = logs.filter((name) => name !== "retry-accounts.log");
    expect(moved).to.match(/^retry-accounts\.log-\d{8}$/);
    expect(await readFile(join(folder, moved), "utf8")).to.equal("a line\n");
  });
});
