// The schedules that come with the tool: every command line and setting in them exists.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { CommanderError } from "commander";
import { expect } from "chai";
import { SETTINGS } from "../../src/config/settings-table.ts";
import { parseDuration } from "../../src/config/units.ts";
import { readCommandLine } from "../support/command-line.ts";
import { CHECKOUT } from "../support/documents.ts";

const SYSTEMD = `${CHECKOUT}deploy/systemd/`;
const SERVICE = "family-hub-jobs@.service";

/** What the settings may be called, secrets also as files. */
const NAMES = SETTINGS.flatMap(({ names, secret }) =>
  secret === true ? names.map((name) => `${name}_FILE`) : names,
);

const OF_CRON = ["SHELL", "PATH", "MAILTO", "CRON_TZ"];

/** Commands of the design, and when they run: systemd's way and cron's. */
const SCHEDULE: Readonly<Record<string, readonly [calendar: string, cron: string]>> = {
  "retry-accounts": ["minutely", "* * * * *"],
  "purge-invitations": ["*-*-* 03:00:00 UTC", "0 3 * * *"],
  "purge-jobs": ["*-*-* 03:37:00 UTC", "37 3 * * *"],
};

/** The values of a key, in order, of a unit's file. */
function values(file: string, key: string): string[] {
  const text = readFileSync(`${SYSTEMD}${file}`, "utf8");
  return [...text.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

/** Of the service as it is for one command. */
function environment(command: string): Map<string, string> {
  const dropIns = `family-hub-jobs@${command}.service.d`;
  const files = readdirSync(SYSTEMD, { recursive: true, encoding: "utf8" }).filter(
    (file) => file === SERVICE || (file.startsWith(dropIns) && file.endsWith(".conf")),
  );
  const lines = files.sort().flatMap((file) => values(file, "Environment"));
  return new Map(lines.map((line) => line.split("=", 2) as [string, string]));
}

describe("systemd's timers", () => {
  for (const [command, [calendar]] of Object.entries(SCHEDULE)) {
    it(`run ${command} as the design has it, with a command line that exists`, () => {
      const longest = environment(command).get("MAX_DURATION") ?? "";
      const [line = ""] = values(SERVICE, "ExecStart");
      const [program, ...args] = line
        .replace("%i", command)
        .replace("${MAX_DURATION}", longest)
        .split(" ");
      const read = readCommandLine(args);

      // npm puts it into /usr/bin or /usr/local/bin; systemd looks for a bare name in both.
      expect(program).to.equal("family-hub-jobs");
      expect(read instanceof CommanderError ? read.message : read.name).to.equal(command);
      expect(parseDuration(longest)).to.be.a("number");
      expect(values(`family-hub-jobs@${command}.timer`, "OnCalendar")).to.deep.equal([calendar]);
    });
  }

  it("can run one shard by the ExecStart that docs/scheduling.md replaces theirs with", () => {
    const page = readFileSync(`${CHECKOUT}docs/scheduling.md`, "utf8");
    const [line = "", shard = ""] = /^ExecStart=\S.* (--shard \S+)$/m.exec(page) ?? [];

    const [theirs = ""] = values(SERVICE, "ExecStart");
    const read = readCommandLine(shard === "" ? [] : ["retry-accounts", ...shard.split(" ")]);

    expect(line).to.equal(`ExecStart=${theirs.replace("%i", "retry-accounts")} ${shard}`);
    expect(read instanceof CommanderError ? read.message : read.name).to.equal("retry-accounts");
  });

  it("are for these commands only", () => {
    const timers = readdirSync(SYSTEMD).filter((name) => name.endsWith(".timer"));

    expect(timers.sort()).to.deep.equal(
      Object.keys(SCHEDULE)
        .map((command) => `family-hub-jobs@${command}.timer`)
        .sort(),
    );
  });

  it("run as the user, and with the settings, of commands typed as README says", () => {
    const readme = readFileSync(`${CHECKOUT}README.md`, "utf8");
    const [, user] = /runuser -u (\S+) -- fhj doctor/.exec(readme) ?? [];
    const [, file] = /install -m 0644 \/dev\/stdin (\S+)/.exec(readme) ?? [];

    expect(values(SERVICE, "User")).to.deep.equal([user]);
    expect(values(SERVICE, "EnvironmentFile")).to.deep.equal([file]);
    expect([...environment("retry-accounts").keys()]).to.deep.equal(["PATH", "MAX_DURATION"]);
  });

  it("may write metrics where crontab.example and monitoring.md put them, and nowhere else", () => {
    const [, folder] = /METRICS_DIR=(\S+)/.exec(crontab()) ?? [];

    expect(values(SERVICE, "ReadWritePaths")).to.deep.equal([`-${folder}`]);
    expect(values(SERVICE, "ProtectSystem")).to.deep.equal(["strict"]);
    expect(readFileSync(`${CHECKOUT}docs/monitoring.md`, "utf8")).to.include(`-m 0755 ${folder}\n`);
  });
});

function crontab(): string {
  return readFileSync(`${CHECKOUT}crontab.example`, "utf8");
}

describe("crontab.example", () => {
  const text = crontab();

  it("runs each command as the design has it, under a backstop that comes after --max-duration", () => {
    const lines = [...text.matchAll(/^ +((?:[\d*]+ +){5})family-hub-jobs +timeout (.*)$/gm)];

    expect(lines).to.have.length(Object.keys(SCHEDULE).length);
    for (const [, when = "", line = ""] of lines) {
      const [, backstop = "", command = "", longest = ""] =
        /--kill-after=\d+s (\w+) family-hub-jobs (\S+) -q --max-duration (\w+)$/.exec(line) ?? [];
      expect(SCHEDULE[command]?.[1]).to.equal(when.trim().replaceAll(/ +/g, " "));
      expect(parseDuration(backstop)).to.be.above(parseDuration(longest) ?? Infinity);
    }
  });

  it("gives its settings, and nothing of cron's own, to the .env that README makes of it", () => {
    const readme = readFileSync(`${CHECKOUT}README.md`, "utf8");
    const [, line = ""] = /^(grep .* ~\/fhj\.cron .*) \| install .*\.env$/m.exec(readme) ?? [];
    const everySet = text.replaceAll(/^#([A-Z_]+=)/gm, "$1");

    const taken = execFileSync("sh", ["-c", line.replace("~/fhj.cron", "")], {
      input: everySet,
      encoding: "utf8",
    });

    const names = [...everySet.matchAll(/^([A-Z_]+)=/gm)].map(([, name = ""]) => name);
    expect(
      taken
        .trim()
        .split("\n")
        .map((line) => line.replace(/=.*/, "")),
    ).to.deep.equal(names.filter((name) => !OF_CRON.includes(name)));
  });

  it("gives settings that exist, and cron's own", () => {
    const names = [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, name = ""]) => name);

    const settings = names.filter((name) => !OF_CRON.includes(name));
    expect(settings.filter((name) => !NAMES.includes(name))).to.deep.equal([]);
    expect(names).to.include.members(OF_CRON);
    expect(text.endsWith("-q --max-duration 25m\n"), "cron wants a newline at the end").to.equal(
      true,
    );
  });
});
