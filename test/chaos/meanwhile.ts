// Things that happen while the runs of a wave work, each at a moment of its own.
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "./random.ts";

export interface Meanwhile {
  /** Does it within the first second. Postgres may be away just then, or a row locked for too long. */
  plan(work: () => Promise<unknown>): void;
  /** All that was planned has happened, or failed. */
  over(): Promise<void>;
}

export function createMeanwhile(random: Random): Meanwhile {
  const planned: Promise<unknown>[] = [];
  return {
    plan: (work) => {
      planned.push(
        sleep(random.integer(100, 900))
          .then(work)
          .catch(() => undefined),
      );
    },
    over: async () => {
      await Promise.all(planned.splice(0));
    },
  };
}
