// The causes of failed jobs, each with advice for an operator.
import { adviceForGroup, causeOf, fingerprintOf, type Suggestion } from "../../domain/cause.ts";
import type { HeldLock } from "../../lock/lock-attempt.ts";
import { listErrorGroups, type ErrorGroup } from "./errors.sql.ts";

export interface CauseReport extends ErrorGroup {
  readonly fingerprint: string;
  readonly suggestion: Suggestion;
  readonly advice: string;
}

export async function listErrors(lock: HeldLock): Promise<CauseReport[]> {
  const groups = await listErrorGroups(lock);
  return groups.map((group) => {
    const { suggestion, advice } = adviceForGroup(group, group);
    const fingerprint = fingerprintOf(group);
    return { fingerprint, ...group, suggestion, advice: typable(advice, fingerprint, group) };
  });
}

/**
 * Completes the commands in the advice, unless a foreign error code or ID could mean something to a shell.
 */
function typable(advice: string, fingerprint: string, { sampleJobId }: ErrorGroup): string {
  const completed = advice
    .replace("`queue show`", `\`fhj queue show ${sampleJobId}\``)
    .replace("`retry-accounts --job`", `\`fhj retry-accounts --job ${sampleJobId}\``);
  if (!/^[\w/.-]+$/.test(fingerprint) || causeOf(fingerprint) === null) return completed;
  return completed.replace(
    "`queue requeue`",
    `\`fhj queue requeue --error ${fingerprint} --verified\``,
  );
}
