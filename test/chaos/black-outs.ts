// Networks that fall silent: for a while, or for ever on the connections that are open just then.
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./random.ts";
import type { SilentProxy } from "./silent-proxy.ts";
import type { Stage } from "./stage.ts";

let under: Promise<unknown> = Promise.resolve();

/** Once a wave, before its runs. @returns how often a network will fail while they work */
export function blackOut({ networks }: Stage, random: Random): number {
  let count = 0;
  const plan = (work: (atMs: number) => Promise<void>) => {
    under = Promise.all([under, work(random.integer(100, 900))]);
    count += 1;
  };
  for (const network of Object.values(networks)) {
    // Up to longer than a lease.
    const forMs = random.integer(100, 2500);
    if (random.chance(0.1)) plan((atMs) => silence(network, atMs, forMs));
  }
  if (random.chance(0.1)) plan((atMs) => strand(networks.zitadel, atMs));
  return count;
}

/**
 * Loses the host of runs: they are killed, and Postgres does not hear of it, but keeps their sessions
 * with all their locks until the storm is over. (A run that lives on waits for a minute.)
 */
export async function loseHost({ networks }: Stage, atMs: number, kill: () => void): Promise<void> {
  await strand(networks.postgres, atMs);
  kill();
}

async function silence(network: SilentProxy, atMs: number, forMs: number): Promise<void> {
  await sleep(atMs);
  network.silence();
  await sleep(forMs);
  network.resume();
}

async function strand(network: SilentProxy, atMs: number): Promise<void> {
  await sleep(atMs);
  network.strand();
}

/** Nothing is silent any more, and what was left hanging has ended. */
export async function networksAreBack({ networks }: Stage): Promise<void> {
  await under;
  for (const network of Object.values(networks)) network.endStranded();
}
