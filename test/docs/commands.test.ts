// The commands in README.md and docs work, and print what the documents show.
//
// Each section is executed in a scene of its own: a database, an emulated Zitadel, an empty folder,
// on a terminal. In `sh` and `bash` blocks every command must succeed. In `console` blocks `$ ` stands
// before a command and what it prints below; it must succeed unless `$ echo $?` comes next. Compared is
// to the letter but for what masked.ts names: ids, times, lengths of time, padding and line breaks.
//
// With REWRITE_DOCS=1 the documents are given what the commands print by now: look at the difference.
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { linkPrograms } from "../demo/build.ts";
import { expectAsWritten, rewrite, type Other } from "../support/as-written.ts";
import { expectNoCanary } from "../support/canaries.ts";
import {
  CHECKOUT,
  DOCUMENTS,
  readBlocks,
  readSections,
  type Section,
  type Step,
} from "../support/documents.ts";
import { setScene } from "../support/scene.ts";
import { INCIDENTS } from "./incidents.ts";

/** As the runbook says it. */
const END_HUNG_RUNS = `
  select pg_terminate_backend(pid)
  from pg_stat_activity
  where application_name like 'fhj %' and datname = current_database()`;

const SYSTEMD = "it changes the machine; `npm run test:cron` has systemd verify the units";

const INSTALLING =
  "it changes the machine; test/deploy/package.test.ts goes the same way in a folder of its own";

const UPGRADING = "it changes the machine; test/deploy/package.test.ts installs it elsewhere";
const UNINSTALLING = "it changes the machine; test/schema/migrate.test.ts rolls everything back";

const LOCKED = "test/deploy/package.test.ts does it with a package that it packs";

/** Commands that no test can execute, and what does. */
const NOT_HERE: Readonly<Record<string, string>> = {
  "npm ci && npm run demo": ".ci/run does both",
  "npm test": "this is it",
  'psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f deploy/postgres/role.sql':
    "psql need not be installed; test/postgres/database-roles.test.ts executes the file",
  'DATABASE_URL="$OWNER_URL" family-hub-jobs migrate rollback':
    "it takes the database from under the other tests; test/schema/migrate.test.ts does it",
  "npm ci --ignore-scripts && npm pack": "test/deploy/package.test.ts packs the build at hand",
  "npm install -g --ignore-scripts ./family-hub-jobs-1.0.0.tgz":
    "test/deploy/package.test.ts installs the package, where nothing of the machine is changed",
  "npm install -g --ignore-scripts --prefix /opt/family-hub-jobs-next ./family-hub-jobs-1.0.0.tgz":
    "the same, elsewhere",
  'cd "$(npm root -g)/family-hub-jobs"': INSTALLING,
  "export OWNER_URL='postgres://OWNER@HOST/family_hub?sslmode=verify-full&sslrootcert=/etc/ssl/certs/ca-certificates.crt'":
    INSTALLING,
  'DATABASE_URL="$OWNER_URL" family-hub-jobs migrate': INSTALLING,
  [`psql "$OWNER_URL" -c '\\password family_hub_jobs'`]: INSTALLING,
  "adduser --system --group --no-create-home family-hub-jobs": INSTALLING,
  "install -d /etc/family-hub-jobs": INSTALLING,
  "family-hub-jobs keys generate --out /etc/family-hub-jobs/password-keys.json": INSTALLING,
  "PASSWORD_KEYS_FILE=/etc/family-hub-jobs/password-keys.json family-hub-jobs keys public":
    INSTALLING,
  "install -m 0400 ~/zitadel-key.json /etc/family-hub-jobs/zitadel-key.json && shred -u ~/zitadel-key.json":
    INSTALLING,
  "(umask 077; cat > /etc/family-hub-jobs/database-url)": INSTALLING,
  "chmod 0400 /etc/family-hub-jobs/* && chown family-hub-jobs: /etc/family-hub-jobs/*": INSTALLING,
  "grep -E '^[A-Z_]+=' ~/fhj.cron | grep -Ev '^(SHELL|PATH|MAILTO|CRON_TZ)=' | install -m 0644 /dev/stdin /etc/family-hub-jobs/.env":
    INSTALLING,
  "(umask 077; docker run --rm registry.example.com/family-hub-jobs:1.0.0 keys generate > password-keys.json)":
    "test/image builds the image, and test/keys/generate.test.ts prints a ring",
  "cd /etc/family-hub-jobs": INSTALLING,
  "runuser -u family-hub-jobs -- fhj doctor -q": INSTALLING,
  "runuser -u family-hub-jobs -- fhj retry-accounts --dry-run": INSTALLING,
  'echo test | sendmail "$mailto" || echo "no mail will be sent"': "it would send a mail",
  "install -m 0644 ~/fhj.cron /etc/cron.d/family-hub-jobs": INSTALLING,
  "runuser -u family-hub-jobs -- fhj runs -o wide": INSTALLING,
  "export SUPERUSER_URL=postgres://SUPERUSER@HOST/family_hub": INSTALLING,
  'psql "$SUPERUSER_URL" -v ON_ERROR_STOP=1 -f "$(npm root -g)/family-hub-jobs/deploy/postgres/role.sql"':
    INSTALLING,
  [`psql "$SUPERUSER_URL" -c '\\password family_hub_jobs'`]: INSTALLING,
  "alias fhj='runuser -u family-hub-jobs -- fhj'": INSTALLING,
  "set -a; source /etc/family-hub-jobs/.env; set +a": INSTALLING,
  "install -d -o family-hub-jobs -g adm -m 0750 /var/log/family-hub-jobs": INSTALLING,
  "install -m 0644 deploy/logrotate/family-hub-jobs /etc/logrotate.d": INSTALLING,
  "install -o family-hub-jobs -m 0400 /dev/stdin /etc/family-hub-jobs/ping-retry-accounts":
    INSTALLING,
  "install -m 0400 -o family-hub-jobs -g family-hub-jobs new-keys.json password-keys.json && shred -u new-keys.json":
    INSTALLING,
  "sha256sum family-hub-jobs-1.0.0.tgz": LOCKED,
  "tar -xzf family-hub-jobs-1.0.0.tgz && cp package-lock.json package/": LOCKED,
  "(cd package && npm ci --omit=dev --ignore-scripts)": LOCKED,
  "package/dist/bin/family-hub-jobs.js --version": LOCKED,
  "cp -r deploy/systemd/* /etc/systemd/system/": SYSTEMD,
  "systemctl daemon-reload": SYSTEMD,
  "systemctl enable --now family-hub-jobs@retry-accounts.timer family-hub-jobs@purge-invitations.timer family-hub-jobs@purge-jobs.timer":
    SYSTEMD,
  "rm -f /etc/cron.d/family-hub-jobs": SYSTEMD,
  "next=/opt/family-hub-jobs-next": UPGRADING,
  'DATABASE_URL="$OWNER_URL" $next/bin/family-hub-jobs migrate status': UPGRADING,
  'DATABASE_URL="$OWNER_URL" $next/bin/family-hub-jobs migrate': UPGRADING,
  'psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f $next/lib/node_modules/family-hub-jobs/deploy/postgres/role.sql':
    UPGRADING,
  'DATABASE_URL="$OWNER_URL" $next/bin/family-hub-jobs migrate status --check': UPGRADING,
  "cd /etc/family-hub-jobs && runuser -u family-hub-jobs -- fhj doctor -q": UPGRADING,
  "systemctl disable --now family-hub-jobs@retry-accounts.timer family-hub-jobs@purge-invitations.timer family-hub-jobs@purge-jobs.timer":
    UNINSTALLING,
  'DATABASE_URL="$OWNER_URL" family-hub-jobs migrate rollback --all': UNINSTALLING,
  [`psql "$SUPERUSER_URL" -c 'drop table family_hub_jobs.migrations, family_hub_jobs.migrations_lock' -c 'drop schema family_hub_jobs' -c 'drop owned by family_hub_jobs, family_hub_jobs_reader' -c 'drop role family_hub_jobs, family_hub_jobs_reader'`]:
    "psql need not be installed; test/postgres/database-roles.test.ts executes the statements",
  "npm uninstall -g family-hub-jobs": UNINSTALLING,
  "rm -rf /etc/systemd/system/family-hub-jobs@* /var/lib/systemd/timers/stamp-family-hub-jobs@*":
    UNINSTALLING,
  "rm -rf /etc/logrotate.d/family-hub-jobs /var/log/family-hub-jobs ~/fhj.cron": UNINSTALLING,
  "rm -rf /etc/family-hub-jobs /var/lib/prometheus/node-exporter/family-hub-jobs": UNINSTALLING,
  "deluser --system family-hub-jobs": UNINSTALLING,
};

/** test/deploy/documented-commands.test.ts holds these to the manifests. */
const FOR_A_CLUSTER = /^\s*(kubectl|docker) /;

/** What a block may contain in addition to commands. */
const NO_COMMANDS = ["sql", "json", "csharp", "text", "mermaid", "yaml", "ini"];

const REWRITING = process.env["REWRITE_DOCS"] === "1";

const SECTIONS = DOCUMENTS.flatMap((document) => readSections(document));

describe("the commands in the documents", () => {
  const scene = setScene();
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "family-hub-documents-"));
    await linkPrograms(join(folder, "bin"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function expectRight(section: Section): Promise<void> {
    const place = await mkdtemp(join(folder, "section-"));
    for (const name of ["deploy", "crontab.example"]) {
      await symlink(join(CHECKOUT, name), join(place, name));
    }
    await mkdir(join(place, "home"));
    const settings = await INCIDENTS[nameOf(section)]?.({ scene, folder: place });
    const path = [join(folder, "bin"), dirname(process.execPath), "/usr/bin", "/bin"].join(":");
    const env = { ...scene.env, ...settings, HOME: join(place, "home"), PATH: path };
    const steps = section.steps.filter(
      ({ command }) => !(command in NOT_HERE) && !FOR_A_CLUSTER.test(command),
    );
    let shown: string;
    try {
      shown = await expectAsWritten(steps, place, env, REWRITING ? note : undefined);
    } finally {
      await scene.db.query(END_HUNG_RUNS);
    }
    expectNoCanary(nameOf(section), shown);
  }

  const others: Other[] = [];
  const note = (step: Step, screen: string) => void others.push({ step, screen });
  after(async () => {
    for (const document of DOCUMENTS) {
      const own = others.filter(({ step }) => step.at.startsWith(`${document}:`));
      if (own.length > 0) await rewrite(document, own);
    }
  });

  for (const section of SECTIONS) {
    it(`do in ${nameOf(section)} what it says`, async () => {
      await expectRight(section);
    });
  }

  it("stand in blocks that say what they hold", () => {
    const others = DOCUMENTS.flatMap((document) => readBlocks(document))
      .filter(({ language }) => !["sh", "bash", "console", ...NO_COMMANDS].includes(language))
      .map(({ document, line, language }) => `${document}:${line} is \`\`\`${language}`);

    expect(others).to.deep.equal([]);
    expect(SECTIONS).not.to.deep.equal([]);
  });

  it("are all executed but for those named here, and none is named that is not there", () => {
    const written = new Set(SECTIONS.flatMap(({ steps }) => steps.map(({ command }) => command)));
    const sections = new Set(SECTIONS.map(nameOf));

    expect(Object.keys(NOT_HERE).filter((command) => !written.has(command))).to.deep.equal([]);
    expect(Object.keys(INCIDENTS).filter((name) => !sections.has(name))).to.deep.equal([]);
  });
});

describe("the check of the documents", () => {
  const ID = "5b3f2c1a-9d0e-4c3b-8f53-2b6a4f1e9d10";
  const OTHER = "6b3f2c1a-9d0e-4c3b-8f53-2b6a4f1e9d10";

  /** A document of one block. */
  const check = async (lines: readonly string[]) => {
    const folder = await mkdtemp(join(tmpdir(), "family-hub-document-"));
    try {
      const [section] = readSections("it.md", ["# It", ...lines].join("\n"));
      await expectAsWritten(section?.steps ?? [], folder, { PATH: process.env["PATH"] ?? "" });
      return "as written";
    } catch (error) {
      return (error as Error).message;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  const block = (language: string, ...lines: string[]) => [`\`\`\`${language}`, ...lines, "```"];

  const right: Readonly<Record<string, readonly string[]>> = {
    "a command that succeeds": block("sh", "true", "# a remark", "true # another"),
    "what comes to the screen, from either stream": block("console", "$ echo a; echo b >&2", "a", "b"),
    "what another line set": [...block("sh", "A=1"), "text", ...block("console", "$ echo $A", "1")],
    "a command in two lines": block("console", "$ echo a \\", "> b", "a b"),
    "another id, if it is the same throughout": block(
      "console", "$ A=$(cat /proc/sys/kernel/random/uuid); echo $A $A; echo $A", `${ID} ${ID}`, ID),
    "another time and age": block(
      "console", "$ echo 2026-01-31T08:00:00.001Z 5m", "2020-02-01T00:00:00Z  17h"),
    "a failure that is shown": block("console", "$ false", "$ echo $?", "1"),
  }; // prettier-ignore
  for (const [what, lines] of Object.entries(right)) {
    it(`lets pass ${what}`, async () => {
      expect(await check(lines)).to.equal("as written");
    });
  }

  const wrong: Readonly<Record<string, readonly string[]>> = {
    "a command that fails": block("sh", "false"),
    "one that there is not": block("sh", "no-such-command"),
    "a failure that is not told": block("console", "$ false"),
    "another text": block("console", "$ echo a", "b"),
    "a text that is left out": block("console", "$ echo a"),
    "one id where there are two": block("console", `$ echo ${ID} ${OTHER}`, `${ID} ${ID}`),
    "two ids where there is one": block("console", `$ echo ${ID} ${ID}`, `${ID} ${OTHER}`),
    "another number": block("console", "$ echo 3 jobs", "4 jobs"),
    "a command that never came": block("sh", "exit 0", "true"),
  };
  for (const [what, lines] of Object.entries(wrong)) {
    it(`refuses ${what}`, async () => {
      expect(await check(lines)).to.match(/it\.md:3|it\.md:4/);
    });
  }
});

function nameOf({ document, heading }: Section): string {
  return `${document}, "${heading}"`;
}
