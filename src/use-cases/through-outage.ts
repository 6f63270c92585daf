// Says a statement again while Postgres is away: it may be restarting, or only the connection broke.
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseUnavailable } from "../errors.ts";

/** For what must be written: the leases are long enough to wait so long. */
const PATIENT_MS = [100, 400, 1000, 2000, 4000, 8000];
/** For what a lease would make good as well. */
export const BRIEFLY_MS: readonly number[] = [100, 400, 1000];

/**
 * @param work must be safe to do twice: the connection may have broken after it was done
 * @throws DatabaseUnavailable when all the waits were in vain
 */
export async function throughOutage<T>(
  work: () => Promise<T>,
  waitsMs: readonly number[] = PATIENT_MS,
): Promise<{ value: T; repeated: boolean }> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return { value: await work(), repeated: attempt > 0 };
    } catch (error) {
      const waitMs = waitsMs[attempt];
      if (!(error instanceof DatabaseUnavailable) || waitMs === undefined) throw error;
      await sleep(waitMs);
    }
  }
}
