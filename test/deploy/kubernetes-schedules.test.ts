// The schedules fit the tool: their times leave it room to end by itself, their policies know its codes.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";
import { SETTINGS } from "../../src/config/settings-table.ts";
import { parseTimer } from "../../src/config/units.ts";
import { EXIT } from "../../src/exit-codes.ts";
import { CommanderError } from "commander";
import { readCommandLine } from "../support/command-line.ts";
import { everyManifest, jobOf, podIn, scheduleOf, type JobSpec } from "../support/pods.ts";

/** Until a pod has a node and its image; nothing of the tool. */
const TO_BEGIN_S = 60;
/** For what a run sends to monitoring at its end: src/monitoring/send-deadline.ts. */
const TO_TELL_S = 10;
/** The same once the process has been asked to go, and Postgres' goodbye. */
const TO_TELL_IN_HASTE_S = 5;

const MANIFESTS = everyManifest();
const JOBS = MANIFESTS.flatMap(({ folder, manifest }) => {
  const job = jobOf(manifest);
  return job === null ? [] : [{ title: `${manifest.metadata.name} of ${folder}`, job }];
});
const SCHEDULES = ["retry-accounts", "purge-invitations", "purge-jobs"].flatMap((name) =>
  ["base", "sharded", "example"].map((folder) => ({
    ...{ name, title: `${name} of ${folder}` },
    schedule: scheduleOf(folder, name),
  })),
);

/** Seconds of a setting's default. */
function defaultOf(name: string): number {
  const setting = SETTINGS.find(({ names }) => names.includes(name));
  const ms = parseTimer(setting?.fallback ?? "");
  if (ms === null) throw new Error(`${name} has no time as its default`);
  return ms / 1000;
}

function lineOf({ template }: JobSpec) {
  const line = readCommandLine(template.spec.containers[0].args);
  if (line instanceof CommanderError) throw line;
  return line;
}

function maxDurationOf(job: JobSpec): number {
  return Number(lineOf(job).options["maxDuration"]) / 1000;
}

describe("the schedules", () => {
  it("are those of crontab.example", () => {
    const crontab = readFileSync(`${CHECKOUT}crontab.example`, "utf8");
    const lines = crontab.matchAll(/^ *([\d*].*?) +family-hub-jobs .* family-hub-jobs ([\w-]+)/gm);
    const cron = [...lines].map(([, when = "", name]) => [name, when.replace(/ +/g, " ")]);
    const here = SCHEDULES.filter(({ title }) => title.endsWith("base"));

    expect(cron).to.have.length(3);
    expect(here.map(({ name, schedule }) => [name, schedule.schedule])).to.deep.equal(cron);
  });

  for (const { name, title, schedule } of SCHEDULES) {
    it(`of ${title} are in UTC, never overlap, and leave a pause to who made it`, () => {
      expect(schedule.timeZone).to.equal("Etc/UTC");
      expect(schedule.concurrencyPolicy).to.equal("Forbid");
      expect(schedule).not.to.have.property("suspend");
    });

    it(`of ${title} forget a missed start in time, and not before the controller looks`, () => {
      expect(schedule.startingDeadlineSeconds).to.be.at.least(30);
      // The controller stops after more than 100 missed starts.
      const everyS = schedule.schedule.startsWith("*") ? 60 : 86_400;
      expect(schedule.startingDeadlineSeconds / everyS).to.be.below(100);
    });

    it(`of ${title} call the command of their name, as long as they let it`, () => {
      const job = schedule.jobTemplate.spec;

      expect(lineOf(job).name).to.equal(name);
      const tryS = maxDurationOf(job) + defaultOf("ZITADEL_TIMEOUT") + TO_TELL_S;
      const triesS = tryS * ((job.backoffLimitPerIndex ?? job.backoffLimit) + 1);
      expect(job.activeDeadlineSeconds).to.be.at.least(triesS + TO_BEGIN_S);
    });
  }

  it("of retry-accounts are over before their leases are, so that no job is taken from a living pod", () => {
    const { activeDeadlineSeconds, template } = scheduleOf("base", "retry-accounts").jobTemplate.spec;

    expect(activeDeadlineSeconds + template.spec.terminationGracePeriodSeconds).to.be.below(
      defaultOf("RETRY_LEASE"),
    );
  }); // prettier-ignore
});

describe("the Jobs", () => {
  for (const { title, job } of JOBS) {
    it(`of ${title} leave a stopped run the time of two calls`, () => {
      const { terminationGracePeriodSeconds, restartPolicy } = job.template.spec;

      expect(terminationGracePeriodSeconds).to.be.at.least(
        2 * defaultOf("ZITADEL_TIMEOUT") + TO_TELL_IN_HASTE_S,
      );
      // Required by a pod failure policy.
      expect(restartPolicy).to.equal("Never");
      expect(job.ttlSecondsAfterFinished).to.be.above(0);
    });

    it(`of ${title} know what to do for each exit code, for a disruption first`, () => {
      const [disruption, ...rules] = job.podFailurePolicy.rules;
      const codes = rules.flatMap(({ onExitCodes }) => onExitCodes?.values ?? []);

      expect(disruption?.action).to.equal("Ignore");
      expect(disruption?.onPodConditions?.[0]?.type).to.equal("DisruptionTarget");
      expect(codes).to.have.members(Object.values(EXIT).filter((code) => code !== EXIT.ok));
      for (const { onExitCodes } of rules) {
        expect(onExitCodes?.operator).to.equal("In");
        expect(onExitCodes?.containerName).to.equal(job.template.spec.containers[0].name);
      }
    });

    it(`of ${title} fail at once where only a person can help`, () => {
      const final = job.podFailurePolicy.rules.find(({ action }) => action === "FailJob");

      expect(final?.onExitCodes?.values).to.have.members([
        ...[EXIT.usage, EXIT.bug, EXIT.refused, EXIT.config],
      ]);
    });
  }

  it("that share the queue are as many as the parts, and one that fails stops no other", () => {
    const job = scheduleOf("sharded", "retry-accounts").jobTemplate.spec;

    expect(job.completionMode).to.equal("Indexed");
    expect(lineOf(job).options["shards"]).to.equal(job.completions);
    expect(job.parallelism).to.equal(job.completions);
    expect(job.backoffLimitPerIndex).to.equal(0);
    expect(job.backoffLimit).to.be.at.least(job.completions ?? Number.NaN);
  });
});

describe("the pods", () => {
  it("of all Jobs and by hand are found", () => {
    const pods = MANIFESTS.filter(({ manifest }) => podIn(manifest) !== null);

    expect(pods).to.have.length(JOBS.length + 2);
  });
});
