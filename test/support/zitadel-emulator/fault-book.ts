// Keeps the faults that are set and picks the one, if any, that strikes a call.
import type { LoggedCall } from "./call-log.ts";
import { fitsProtocol, type Fault, type Protocol } from "./faults.ts";
import { seededRandom } from "./seeded-random.ts";

interface SetFault {
  readonly fault: Fault;
  readonly random: () => number;
  toSkip: number;
  timesLeft: number;
}

export class FaultBook {
  #faults: SetFault[] = [];

  add(fault: Fault): void {
    this.#faults.push({
      fault,
      random: seededRandom(fault.seed ?? 1),
      toSkip: fault.skip ?? 0,
      timesLeft: fault.times ?? Number.POSITIVE_INFINITY,
    });
  }

  clear(): void {
    this.#faults = [];
  }

  /** The first set fault that strikes; taking it uses up one of its `times`. */
  take(call: LoggedCall, protocol: Protocol): Fault | null {
    for (const set of this.#faults) {
      if (set.timesLeft <= 0 || !isAimedAt(set.fault, call, protocol)) continue;
      if (set.toSkip > 0) {
        set.toSkip -= 1;
        continue;
      }
      if (set.fault.probability !== undefined && set.random() >= set.fault.probability) continue;
      set.timesLeft -= 1;
      return set.fault;
    }
    return null;
  }
}

function isAimedAt(fault: Fault, call: LoggedCall, protocol: Protocol): boolean {
  return (
    (fault.method === "*" || fault.method === call.method) &&
    fitsProtocol(fault.kind, protocol) &&
    (fault.match?.userId === undefined || fault.match.userId === call.userId) &&
    (fault.match?.username === undefined || fault.match.username === call.username)
  );
}
