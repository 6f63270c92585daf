// A run that sleeps through its lease: its host was suspended, or cut off, and wakes up believing.
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { spawnCli } from "../support/cli.ts";
import { runBounded } from "./run-bounded.ts";
import type { Random } from "./random.ts";
import { LEASE_MS, type RoundDatabase, type Stage } from "./stage.ts";

/**
 * Stops a run in the middle of a call, lets its lock and its lease go, lets another run take its
 * jobs, and wakes it up meanwhile or afterwards.
 * @param log gets what the other run says
 * @returns what the woken run ended with
 */
export async function freeze(
  stage: Stage,
  db: RoundDatabase,
  env: Record<string, string>,
  random: Random,
  log: string[],
): Promise<{ code: number; stderr: string }> {
  const { control } = stage.zitadel;
  const at = random.pick(["before", "after"] as const);
  const name = `freeze ${randomUUID()}`;
  const wakeMs = random.integer(0, 700);
  await control.addFault({ method: "CreateUser", kind: "pause", name, at, times: 1 });
  return runBounded(["retry-accounts", "--wait", "3s"], env, {
    onSpawn: (child) => {
      void (async () => {
        try {
          await control.waitForPaused({ name });
          child.kill("SIGSTOP");
          await db.query(
            `select pg_terminate_backend(a.pid) from pg_stat_activity a
             join family_hub_jobs.runs r on a.application_name = 'fhj retry-accounts ' || r.run_id
             where r.pid = $1`,
            [child.pid],
          );
          await control.release(name);
          await sleep(LEASE_MS);
          const successor = spawnCli(["retry-accounts", "--wait", "1s"], env);
          await sleep(wakeMs);
          child.kill("SIGCONT");
          log.push((await successor).stderr);
        } catch {
          // No run came so far, or Postgres was away.
          await control.release(name).catch(() => undefined);
        } finally {
          child.kill("SIGCONT");
        }
      })();
    },
  });
}
