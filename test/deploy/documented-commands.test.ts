// The kubectl and docker commands in the documents fit the manifests and the Dockerfile.
import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { CommanderError } from "commander";
import { readCommandLine } from "../support/command-line.ts";
import { CHECKOUT, readSections } from "../support/documents.ts";
import { KUSTOMIZATIONS } from "../support/kustomize.ts";
import {
  environmentOf,
  everyManifest,
  jobOf,
  podIn,
  scheduleOf,
  secretsOf,
  type JobSpec,
} from "../support/pods.ts";
import { SETTINGS } from "../../src/config/settings-table.ts";

const DOCUMENT = "docs/kubernetes.md";
const TEXT = readFileSync(`${CHECKOUT}${DOCUMENT}`, "utf8");
const COMMANDS = readSections(DOCUMENT)
  .flatMap(({ steps }) => steps)
  .map(({ command }) => command.replaceAll(/\\\n\s*/g, ""));
const MANIFESTS = everyManifest();

/** The first group of the pattern in all commands. */
function found(pattern: RegExp): string[] {
  return COMMANDS.flatMap((command) => [...command.matchAll(pattern)].map(([, one = ""]) => one));
}

function namesOf(kind: string): string[] {
  return MANIFESTS.filter(({ manifest }) => manifest.kind === kind).map(
    ({ manifest }) => manifest.metadata.name,
  );
}

const OF_COMPONENTS = ["family-hub-jobs-pings", "family-hub-jobs-pushgateway"];

/** Name and key, a key at a time. */
function createdSecrets(): (readonly [string, string])[] {
  return COMMANDS.flatMap((command) => {
    const [, name = "", files = ""] = /secret generic (\S+)((?: --from-file=\S+)+)/.exec(command) ?? [];
    return [...files.matchAll(/--from-file=([^=\s]+)/g)].map(([, key = ""]) => [name, key] as const);
  });
} // prettier-ignore

describe("the commands for a cluster", () => {
  it("apply folders and files that there are", () => {
    const folders = found(/ -k deploy\/kubernetes\/(\S+)/g);
    const files = found(/ -f (\S+)/g);

    expect(new Set(folders)).to.deep.equal(
      new Set(["example", "example/environment", "example/migrate", "example/by-hand"]),
    );
    for (const folder of folders) expect(KUSTOMIZATIONS).to.include(folder);
    expect(files).to.have.members(["deploy/docker/Dockerfile"]);
    for (const file of files) expect(existsSync(`${CHECKOUT}${file}`), file).to.equal(true);
  });

  it("name CronJobs, Jobs and pods that there are", () => {
    const cronJobs = found(/cronjob[ /]([\w-]+)/g);
    const jobs = found(/job\/([\w-]+)/g).filter((name) => !cronJobs.includes(name));
    const pods = found(/(?:pod[ /]|exec (?:-it )?)([\w-]+)/g);

    for (const name of cronJobs) expect(namesOf("CronJob")).to.include(name);
    for (const name of jobs) expect(namesOf("Job")).to.include(name);
    for (const name of pods) expect(namesOf("Pod")).to.include(name);
    expect([cronJobs, jobs, pods].map(({ length }) => length > 1)).to.deep.equal([true, true, true]);
  }); // prettier-ignore

  it("create each secret that a pod needs, with the files that its settings name", () => {
    const pods = MANIFESTS.flatMap(({ manifest }) => podIn(manifest) ?? []);
    const created = createdSecrets().filter(([name]) => !OF_COMPONENTS.includes(name));

    expect(new Set(created.map(([name]) => name))).to.deep.equal(new Set(pods.flatMap(secretsOf)));
    for (const pod of pods) {
      const files = Object.entries(environmentOf(pod))
        .filter(([name]) => name.endsWith("_FILE"))
        .map(([, path]) => path);
      const there = created.filter(([name]) => secretsOf(pod).includes(name));
      // One of them is replaced further down the page.
      const paths = there.map(([, key]) => `/etc/family-hub-jobs/${key}`);
      expect(new Set(files)).to.deep.equal(new Set(paths));
    }
  }); // prettier-ignore

  it("create the secrets of the components with the keys that these mount", () => {
    const created = createdSecrets().filter(([name]) => OF_COMPONENTS.includes(name));

    expect(created).to.deep.equal([
      ...namesOf("CronJob").slice(0, 3).map((name) => ["family-hub-jobs-pings", name]),
      ["family-hub-jobs-pushgateway", "url"],
    ]);
  }); // prettier-ignore

  it("call commands of the tool with flags that it has", () => {
    const lines = found(/ -- fhj (.+)$/g);

    expect(lines).to.have.length.above(3);
    for (const line of lines) {
      const words = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, a, b]) => a ?? b ?? "");
      const read = readCommandLine(words);
      expect(read instanceof CommanderError ? read.message : null, line).to.equal(null);
    }
  });
});

describe("the table of exit codes", () => {
  it("says of each what the pod failure policies of all Jobs do", () => {
    const rows = [...TEXT.matchAll(/^\| ([\d, ]+?) +\|[^|]+\| (FailJob|Count) +\|/gm)];
    const told = rows.map(([, codes = "", action = ""]) => ({
      action,
      codes: codes.split(", ").map(Number),
    }));

    expect(told).to.have.length(2);
    for (const { manifest } of MANIFESTS) {
      const [, ...rules] = jobOf(manifest)?.podFailurePolicy.rules ?? [];
      if (rules.length === 0) continue;
      expect(
        rules.map(({ action, onExitCodes }) => ({ action, codes: onExitCodes?.values })),
      ).to.deep.equal(told);
    }
  });
});

describe("the table of times", () => {
  it("says what the manifests and the tool have", () => {
    const [retry, daily] = ["retry-accounts", "purge-jobs"].map((name) => scheduleOf("base", name));
    if (retry === undefined || daily === undefined) throw new Error("no schedules");
    const [retryJob, dailyJob] = [retry.jobTemplate.spec, daily.jobTemplate.spec];
    const maxDuration = ({ template }: JobSpec) => {
      const { args } = template.spec.containers[0];
      return args[args.indexOf("--max-duration") + 1] ?? "";
    };
    const rows = TEXT.slice(TEXT.indexOf("## Times")).matchAll(/^\| `([\w-]+)` +\| ([^|]+?) +\|/gm);

    expect(Object.fromEntries([...rows].map(([, what, value]) => [what, value]))).to.deep.equal({
      "--max-duration": `${maxDuration(retryJob)}; ${maxDuration(dailyJob)} for the daily commands`,
      activeDeadlineSeconds: `${retryJob.activeDeadlineSeconds}; ${dailyJob.activeDeadlineSeconds} for two attempts of the daily commands`,
      terminationGracePeriodSeconds: `${retryJob.template.spec.terminationGracePeriodSeconds}`,
      RETRY_LEASE: `${SETTINGS.find(({ names }) => names.includes("RETRY_LEASE"))?.fallback}, the default`,
      startingDeadlineSeconds: `${retry.startingDeadlineSeconds}; ${daily.startingDeadlineSeconds} for the daily commands`,
    });
  }); // prettier-ignore
});
