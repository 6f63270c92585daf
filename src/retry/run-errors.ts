// Collects the errors that are thrown while a run works: each stops the run; bugs are thrown at its end.
import type { RunStop } from "../domain/outcome.ts";
import { DatabaseUnavailable, ExpectedError } from "../errors.ts";
import type { StopConditions } from "../runs/stop-conditions.ts";

export interface RunErrors {
  add(this: void, error: unknown): void;
  /** @throws DatabaseUnavailable again */
  addUnlessUnavailable(this: void, error: unknown): void;
  /** More exact than the lost lock, which it causes. */
  postgresUnavailable(): RunStop | null;
  throwFirstBug(): void;
}

export function collectRunErrors(stopping: StopConditions): RunErrors {
  const bugs: unknown[] = [];
  let postgresUnavailable: RunStop | null = null;

  const add = (error: unknown) => {
    if (error instanceof DatabaseUnavailable) {
      postgresUnavailable = { outcome: "unavailable", reason: error.message };
      stopping.stop(postgresUnavailable);
      return;
    }
    bugs.push(error);
    // The message of an unexpected error may quote anything, including a token, so it is not used.
    const reason = error instanceof ExpectedError ? error.message : "a bug in the tool";
    stopping.stop({ outcome: "stopped", reason });
  };

  return {
    add,
    addUnlessUnavailable: (error) => {
      if (error instanceof DatabaseUnavailable) throw error;
      add(error);
    },
    postgresUnavailable: () => postgresUnavailable,
    throwFirstBug: () => {
      if (bugs.length > 0) throw bugs[0];
    },
  };
}
