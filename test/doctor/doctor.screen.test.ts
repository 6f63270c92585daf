// What `doctor` looks like on terminals of several widths.
import { expect } from "chai";
import { formatDiagnosis } from "../../src/doctor/doctor.text.ts";
import { givenRun } from "../support/given-ledger.ts";
import { atTerminalOf } from "../support/at-terminal.ts";
import { setScene } from "../support/scene.ts";

describe("the screen of doctor", () => {
  const scene = setScene();

  async function look(columns: number, args: string[] = [], env = {}) {
    for (const command of ["retry-accounts", "purge-invitations"]) {
      await givenRun(scene.db, { command });
    }
    return atTerminalOf({ columns }, ["doctor", ...args], { ...scene.env, ...env });
  }

  it("has what is wrong first, the most severe on top, and a line for each group", async () => {
    const { text, code } = await look(60, [], { LOG_LEVEL: "loud" });

    expect(code).to.equal(1);
    expect(withoutCounts(text)).to.equal(
      `
Configuration
  fail  LOG_LEVEL   LOG_LEVEL is "loud"
        fix: it must be error, warn, info, debug

Runs
  warn  purge-jobs  has never run
        fix: schedule it with cron, systemd or
             Kubernetes; see the purge-jobs line in
             crontab.example

Configuration  N ok, N skipped
Postgres       N ok
Schema         N ok
Upkeep         N ok
Runs           N ok
Passwords      N ok
Zitadel        N ok

N ok, N warning, N fault, N skipped; -v shows each`.slice(1),
    );
  });

  it("shows each check with -v, as off a terminal", async () => {
    const shown = await look(200, ["-v"]);
    const piped = await scene.cli(["doctor"]);

    const names = (text: string) =>
      [...text.matchAll(/^ {2}(?:ok|warn|fail|skip) +(\S+(?: \S+)*)/gm)].map(([, name]) => name);
    expect(names(shown.text)).to.include("LOG_LEVEL").and.to.deep.equal(names(piped.stdout));
    expect(shown.text).not.to.include("-v shows each");
  });

  for (const columns of [60, 80, 120]) {
    it(`breaks no line at ${columns} columns`, async () => {
      const shown = await look(columns, ["-v"], { RETRY_LEASE: "1m", RETRY_DELAYS: "5m,1m" });

      expect(shown.text).to.match(/fix: /);
      expect(shown.overflows()).to.equal(false);
    });
  }

  it("breaks neither a statement nor a command of a fix, which are copied", () => {
    const statement = "alter table auth.users alter column a set default 'one long text in quotes'";
    const command = "`family-hub-jobs runs --command retry-accounts --outcome died -o wide`";
    const fixes = [`in psql, as the owner: ${statement}`, `look at what died: ${command} lists it`];
    const checks = fixes.map((fix, n) => ({
      ...({
        name: `check ${n}`,
        group: "Schema",
        status: "warn",
        found: "it is wrong",
        fix,
      } as const),
    }));

    const text = formatDiagnosis({ outcome: "warn", checks }, "wrong", 60, {
      ...{ terminal: true, color: false, now: new Date() },
    });

    expect(text).to.equal(
      `
Schema
  warn  check 0  it is wrong
        fix: in psql, as the owner:
             ${statement}
  warn  check 1  it is wrong
        fix: look at what died:
             ${command}
             lists it
`.slice(1),
    );
  });
});

function withoutCounts(text: string): string {
  return text.replace(/\d+(?= (?:ok|skipped|warning|fault)\b)/g, "N");
}
