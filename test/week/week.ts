// Lives through the calendar: before each tick the clock is moved by a minute, and what happens then happens.
import { givenInvitation, givenJob } from "../support/given.ts";
import type { CliResult } from "../support/cli.ts";
import { arrive, type Expected } from "./arrivals.ts";
import { BEGINS_MS, isIn, purgeAt, type Calendar } from "./calendar.ts";
import { startScrapes } from "./scrapes.ts";
import type { Stage } from "./stage.ts";

export interface Tick extends CliResult {
  readonly minute: number;
  readonly command: string;
}

export interface Lived {
  readonly ticks: readonly Tick[];
  readonly expected: Expected;
  readonly openMetrics: string;
}

/** cron mails what is printed. */
export const isMail = ({ stdout, stderr }: Tick) => stdout + stderr !== "";

export async function live(stage: Stage, calendar: Calendar): Promise<Lived> {
  const scrapes = startScrapes();
  const ticks: Tick[] = [];
  const expected: Expected = { completed: new Set(), failed: new Map() };
  await givenPast(stage);
  for (let minute = 0; minute < calendar.minutes; minute += 1) {
    const atMs = BEGINS_MS + minute * 60_000;
    await stage.moveTo(atMs);
    await happen(stage, calendar, minute);
    if (!isIn(calendar.failover, minute)) await arrive(minute, calendar, stage, expected);
    // What this minute's run does is lost, and done again by the first one after the failover.
    if (minute + 1 === calendar.failover.begins) await stage.stopReplication();
    const tick = async (start: Stage["run"], command: string, ...flags: string[]) => {
      ticks.push({ minute, command, ...(await start(command, "-q", ...flags)) });
    };
    const migrated = minute === calendar.deployment.ends ? tick(stage.run, "migrate") : null;
    const start = minute % calendar.processEach === 0 ? stage.run : stage.call;
    await tick(start, "retry-accounts", "--max-duration", "50s");
    await migrated;
    const purge = purgeAt(minute);
    if (purge !== null) await tick(stage.run, purge);
    scrapes.take(stage.metricsFolder, atMs / 1000 + 30);
  }
  return { ticks, expected, openMetrics: scrapes.openMetrics() };
}

/** Rows for the first purges. */
async function givenPast({ db, familyId }: Stage): Promise<void> {
  for (let i = 0; i < 20; i += 1) {
    await givenInvitation(db, { expiresAt: "now() - interval '31 days'" });
    const completedAt = "now() - interval '91 days'";
    await givenJob(db, { familyId, status: "completed", completedAt });
  }
}

async function happen(stage: Stage, calendar: Calendar, minute: number): Promise<void> {
  const { failover, pause, outage, rotation, deployment } = calendar;
  const order = async (...args: string[]) => {
    const { code, stdout, stderr } = await stage.run(...args);
    if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
  };
  if (minute === failover.begins) await stage.losePrimary();
  if (minute === failover.ends) await stage.promoteStandby();
  if (minute === pause.begins)
    await order("queue", "pause", "--for", `${pause.ends - pause.begins}m`, "--reason", "a trial");
  if (minute === outage.begins) await stage.control.setDown(true);
  if (minute === outage.ends) await stage.control.setDown(false);
  if (minute === rotation.begins) await stage.addKey();
  if (minute === rotation.begins + 5) await order("keys", "rotate", "--reason", "a trial");
  if (minute === rotation.ends) await stage.dropOldKeys();
  if (minute === deployment.begins) await order("migrate", "rollback", "--yes");
}
