// An hour in which Zitadel is down for twenty minutes, by real runs; the minutes between are not waited for.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { givenInvitation, givenJob } from "../support/given.ts";
import { readSamples } from "../support/prometheus-text.ts";
import type { Scene } from "../support/scene.ts";

export const MINUTES = 60;
/** 02:50 of some night, so that both purges fall into the hour. */
export const BEGINS_S = Date.UTC(2026, 0, 31, 2, 50) / 1000;
/** In minutes. */
export const OUTAGE = { begins: 20, ends: 40 };
const PURGES: Readonly<Record<number, string>> = { 10: "purge-invitations", 47: "purge-jobs" };
/** The labels that a scrape adds. */
const SCRAPED_AS = { instance: "jobs-1:9100", job: "node" };

/** @returns what a Prometheus that scrapes twice a minute would have stored, as OpenMetrics */
export async function liveAnHour(scene: Scene, directory: string): Promise<string> {
  const stored = new Map<string, string[]>();
  const clock = new Map<number, number>();
  await scene.zitadel.control.changeSettings({ latencyMs: 150 });
  await givenPast(scene);
  for (let minute = 0; minute < MINUTES; minute += 1) {
    await givenMinute(scene, minute);
    const purge = PURGES[minute];
    const commands = [["retry-accounts", "--max-duration", "50s"], ...(purge ? [[purge]] : [])];
    for (const args of commands) await scene.cli([...args, "-q"], { METRICS_DIR: directory });
    for (const second of [30, 60]) scrape(directory, minute, second, clock, stored);
    await passMinute(scene);
  }
  const families = [...stored].map(
    ([name, lines]) => `# TYPE ${name} gauge\n${lines.join("\n")}\n`,
  );
  return `${families.join("")}# EOF\n`;
}

async function givenPast(scene: Scene): Promise<void> {
  for (let i = 0; i < 14; i += 1)
    await givenInvitation(scene.db, { expiresAt: "now() - interval '31 days'" });
  for (let i = 0; i < 23; i += 1)
    await givenJob(scene.db, { status: "completed", completedAt: "now() - interval '91 days'" });
}

/** Up to five new accounts; one with a password that nobody can read, and one that is refused once. */
async function givenMinute(scene: Scene, minute: number): Promise<void> {
  const { control } = scene.zitadel;
  for (let i = 0; i < (minute * 7) % 6; i += 1) await givenJob(scene.db);
  if (minute === 8) await givenJob(scene.db, { encryptedPassword: "garbage" });
  if (minute === 13 || minute === 14)
    await control.setFaults([{ method: "CreateUser", kind: "grpc", code: 13, times: 2 }]);
  if (minute === OUTAGE.begins) await control.setDown(true);
  if (minute === OUTAGE.ends) await control.setDown(false);
}

async function passMinute(scene: Scene): Promise<void> {
  await scene.db.query(
    `update auth.queued_managed_account_creations
     set next_retry_at = next_retry_at - interval '1 minute'
     where next_retry_at is not null`,
  );
}

/**
 * @param clock when runs ended in the simulated hour, by when they really did; times are given in the former
 */
function scrape(
  directory: string,
  minute: number,
  second: number,
  clock: Map<number, number>,
  stored: Map<string, string[]>,
): void {
  const minuteS = BEGINS_S + 60 * minute;
  for (const file of readdirSync(directory)) {
    const samples = readSamples(readFileSync(join(directory, file), "utf8"));
    const of = (name: string) =>
      [...samples].find(([key]) => key.startsWith(`family_hub_jobs_${name}`))?.[1] ?? 0;
    const endedS = of("last_run_timestamp_seconds");
    if (!clock.has(endedS)) clock.set(endedS, minuteS + of("last_run_duration_seconds"));
    for (const [key, value] of samples) {
      const [, name = "", labels] = /^(\w+)(?:\{(.*)\})?$/.exec(key) ?? [];
      const told = name.endsWith("_timestamp_seconds") ? (clock.get(value) ?? 0) : value;
      const added = Object.entries(SCRAPED_AS).map(([label, text]) => `${label}="${text}"`);
      const all = [...(labels === undefined ? [] : [labels]), ...added].join();
      const lines = stored.get(name) ?? [];
      stored.set(name, lines);
      lines.push(`${name}{${all}} ${told} ${minuteS + second}`);
    }
  }
}
