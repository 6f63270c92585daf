// The breaker: how many attempts may be in flight, depending on the results of the last ones.
import type { ErrorCode } from "./failure.ts";
import type { AttemptResult } from "./outcome.ts";

/** After this many errors of Zitadel in a row, the next job would fail in the same way. */
const FAULTS_THAT_OPEN = 5;

/** The number grows while there are at most this many errors for each success. */
const FAULTS_PER_ANSWER = 2;

/** Other transient results are answers: the job is retried, but Zitadel is healthy. */
export const FAULT_CODES: readonly ErrorCode[] = ["unavailable", "timeout", "internal", "unknown"];

export function isUpstreamFault(result: AttemptResult): boolean {
  if (result.kind !== "transient" || result.answers === true) return false;
  return FAULT_CODES.includes(result.failure.code);
}

export interface UpstreamHealth {
  /** How many attempts may be in flight now. */
  allowed(): number;
  /**
   * Call with the result of every attempt that called the identity server.
   * @param suspect the job has met an error in this outage before, and may be the cause itself
   */
  note(result: AttemptResult, suspect?: boolean): void;
  /** Call it when the server answered something other than an attempt. */
  noteAnswer(): void;
  /** The breaker was found open, and no attempt has been answered since. */
  isInDoubt(): boolean;
  /** No further attempt may start. */
  isOpen(): boolean;
  /** An attempt has been answered since the breaker was found open. */
  hasRecovered(): boolean;
}

/**
 * Five errors in a row open the breaker. After an outage the first attempt is alone, and each answered one
 * doubles the number allowed. Until that reaches the full concurrency, errors are compared with answers: a
 * queue in which some jobs always fail must still drain, but calls stop at once if Zitadel fails again. A
 * suspect's error does not count.
 */
export function createUpstreamHealth(concurrency: number, foundOpen: boolean): UpstreamHealth {
  let allowed = foundOpen ? 1 : concurrency;
  let faultsInARow = 0;
  let [answers, faultsInRamp] = [0, 0];
  let open = false;

  const ramping = () => foundOpen && (answers === 0 || allowed < concurrency);
  const noteAnswer = () => {
    if (open) return;
    answers += 1;
    faultsInARow = 0;
    allowed = Math.min(concurrency, allowed * 2);
  };
  const noteFault = (suspect: boolean) => {
    faultsInARow += 1;
    if (ramping() && !suspect) faultsInRamp += 1;
    const outweighed = ramping() && faultsInRamp > FAULTS_PER_ANSWER * answers;
    open ||= outweighed || faultsInARow >= FAULTS_THAT_OPEN;
  };
  return {
    // An error lowers the number in flight: an outage costs only what was in flight when it began.
    allowed: () => Math.max(1, allowed - faultsInARow),
    note: (result, suspect = false) => {
      if (result.kind === "blameless") return;
      if (isUpstreamFault(result)) noteFault(suspect);
      else noteAnswer();
    },
    noteAnswer,
    isInDoubt: () => foundOpen && answers === 0,
    isOpen: () => open,
    hasRecovered: () => answers > 0 && !open,
  };
}
