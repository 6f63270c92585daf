// What goes wrong in the queue, by cause, each with what an operator does about it.
import { adviceForGroup, fingerprintOf, type Suggestion } from "../domain/cause.ts";
import type { HeldLock } from "../store/advisory-lock.ts";
import { listErrorGroups, type ErrorGroup } from "../store/queue-errors.ts";

export interface CauseReport extends ErrorGroup {
  readonly fingerprint: string;
  readonly suggestion: Suggestion;
  readonly advice: string;
}

export async function listErrors(lock: HeldLock): Promise<CauseReport[]> {
  const groups = await listErrorGroups(lock);
  return groups.map((group) => {
    const { suggestion, advice } = adviceForGroup(group, group.failed);
    return { fingerprint: fingerprintOf(group), ...group, suggestion, advice };
  });
}
