// Repeats a statement while Postgres is unavailable: it may be restarting, or the connection broke.
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseBusy, DatabaseUnavailable } from "../errors.ts";

/** Half a minute: enough for a restart or a failover, and shorter than the leases. */
const WAITS_MS = [100, 400, 1000, 2000, 4000, 8000, 15_000];

/**
 * @param work must be safe to repeat: the connection may have broken after it was done
 * @throws DatabaseUnavailable if Postgres stays unavailable; DatabaseBusy at once, because Postgres answers
 */
export async function withReconnect<T>(
  work: () => Promise<T>,
): Promise<{ value: T; repeated: boolean }> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return { value: await work(), repeated: attempt > 0 };
    } catch (error) {
      const waitMs = WAITS_MS[attempt];
      const away = error instanceof DatabaseUnavailable && !(error instanceof DatabaseBusy);
      if (!away || waitMs === undefined) throw error;
      await sleep(waitMs);
    }
  }
}
