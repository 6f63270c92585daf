// Whether another process waits for something, as far as the system tells.
import type { ChildProcess } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { waitUntil } from "./wait-until.ts";

/** Where the system does not tell, a process gets this long. */
const BLIND_MS = 500;

/** Sends a signal to a process that waits. Resolves once the process has taken it. */
export async function interrupt(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const before = await timesAsleepAtRest(child.pid);
  child.kill(signal);
  // A process that waits takes the signal before it falls asleep again.
  if (before === null) await sleep(BLIND_MS);
  else
    await waitUntil("the signal is taken", async () => (await timesAsleep(child.pid)) !== before);
}

/** Resolves once the process has done what it could and waits for others. */
export async function untilAtRest(pid: number): Promise<void> {
  if ((await timesAsleepAtRest(pid)) === null) await sleep(BLIND_MS);
}

type Pid = number | undefined;

/** Of a process that works, or is just falling asleep, the number would grow without any signal. */
async function timesAsleepAtRest(pid: Pid): Promise<number | null> {
  for (let before = await timesAsleep(pid); ;) {
    await sleep(50);
    const now = await timesAsleep(pid);
    if (now === before && (now === null || (await isAsleep(pid)))) return now;
    before = now;
  }
}

/** How often the process has begun to wait; null where the system does not tell. */
async function timesAsleep(pid: Pid): Promise<number | null> {
  const [, times] = /^voluntary_ctxt_switches:\s+(\d+)$/m.exec(await statusOf(pid)) ?? [];
  return times === undefined ? null : Number(times);
}

/** On a busy machine one that works may have to wait for a core. */
async function isAsleep(pid: Pid): Promise<boolean> {
  return /^State:\s+S/m.test(await statusOf(pid));
}

function statusOf(pid: Pid): Promise<string> {
  return readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
}
