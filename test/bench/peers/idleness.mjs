// Says what an idle worker used in a while, once it has come to rest.
import { setTimeout as sleep } from "node:timers/promises";

const REST_MS = 5000;

export async function watchIdleness() {
  await sleep(REST_MS);
  const before = process.cpuUsage();
  const startMs = performance.now();
  await sleep(Number(process.env.BENCH_IDLE_MS));
  const { user, system } = process.cpuUsage(before);
  const elapsedMs = performance.now() - startMs;
  const residentMb = process.memoryUsage.rss() / 2 ** 20;
  const used = { cpuMs: (user + system) / 1000, elapsedMs, residentMb };
  process.stdout.write(JSON.stringify(used));
}
