// The breaker: how many attempts may be in flight, judged by how the last ones went.
import type { ErrorCode } from "./failure.ts";
import type { AttemptResult } from "./outcome.ts";

/** So many upstream faults in a row mean that the next job would meet the same. */
const FAULTS_THAT_OPEN = 5;

/** Other transient results are answers: the job must try again, but Zitadel is well. */
const FAULT_CODES: readonly ErrorCode[] = ["unavailable", "timeout", "internal", "unknown"];

export function isUpstreamFault(result: AttemptResult): boolean {
  if (result.kind !== "transient" || result.answers === true) return false;
  return FAULT_CODES.includes(result.failure.code);
}

export interface UpstreamHealth {
  /** How many attempts may be in flight now. */
  allowed(): number;
  /** Call with the result of every attempt that asked the identity server. */
  note(result: AttemptResult): void;
  /** Call when it answered what was no attempt. */
  noteAnswer(): void;
  /** The breaker was found open, and no attempt has been answered since. */
  isInDoubt(): boolean;
  /** No further attempt may start. */
  isOpen(): boolean;
  /** An attempt has been answered since the breaker was found open. */
  hasRecovered(): boolean;
}

/**
 * After an outage the first attempt goes alone; each answered one doubles the number allowed, and
 * one fault opens the breaker again. Otherwise it takes five in a row.
 */
export function createUpstreamHealth(concurrency: number, foundOpen: boolean): UpstreamHealth {
  let allowed = foundOpen ? 1 : concurrency;
  let faultsInARow = 0;
  let answered = false;

  const ramping = () => foundOpen && (!answered || allowed < concurrency);
  const tolerated = () => (ramping() ? 1 : FAULTS_THAT_OPEN);
  const noteAnswer = () => {
    if (faultsInARow >= tolerated()) return;
    answered = true;
    faultsInARow = 0;
    allowed = Math.min(concurrency, allowed * 2);
  };
  return {
    // A fault frees no place: an outage costs what was in flight when it began, and no more.
    allowed: () => Math.max(1, allowed - faultsInARow),
    note: (result) => {
      if (result.kind === "blameless") return;
      if (isUpstreamFault(result)) faultsInARow += 1;
      else noteAnswer();
    },
    noteAnswer,
    isInDoubt: () => foundOpen && !answered,
    isOpen: () => faultsInARow >= tolerated(),
    hasRecovered: () => answered && faultsInARow < tolerated(),
  };
}
