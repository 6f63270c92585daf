// The breaker: how many attempts may be in flight, judged by how the last ones went.
import type { ErrorCode } from "./failure.ts";
import type { AttemptResult } from "./outcome.ts";

/** This many upstream faults in a row mean that the next job would meet the same. */
const FAULTS_THAT_OPEN = 5;

/** A ramp goes on while no more faults than this come on each good answer. */
const FAULTS_PER_ANSWER = 2;

/** Other transient results are answers: the job must try again, but Zitadel is well. */
export const FAULT_CODES: readonly ErrorCode[] = ["unavailable", "timeout", "internal", "unknown"];

export function isUpstreamFault(result: AttemptResult): boolean {
  if (result.kind !== "transient" || result.answers === true) return false;
  return FAULT_CODES.includes(result.failure.code);
}

export interface UpstreamHealth {
  /** How many attempts may be in flight now. */
  allowed(): number;
  /**
   * Call with the result of every attempt that asked the identity server.
   * @param suspect the job has met a fault in this outage before, and may be the cause itself
   */
  note(result: AttemptResult, suspect?: boolean): void;
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
 * Five faults in a row open the breaker. After an outage the first attempt goes alone, each answered one
 * doubles the number allowed, and until that is the whole concurrency the faults are weighed against
 * the answers: a queue in which some jobs always fail must still drain, and a Zitadel that fails
 * again is skipped at once. A suspect's fault is not weighed.
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
    // A fault frees no place: an outage costs what was in flight when it began, and no more.
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
