// Runs a command that has some of its rows refused, and holds it to what it says of them.
import { runBounded } from "./run-bounded.ts";
import type { RoundDatabase } from "./stage.ts";

interface Answer {
  readonly refused: readonly { readonly id: string }[];
  readonly refusedCount: number;
}

const NO_ANSWER = JSON.stringify({ refused: [], refusedCount: 0 } satisfies Answer);

/** @returns what it names as refused; a violation where its exit code says something else */
export async function runRefused(command: string, env: Record<string, string>) {
  const { code, stdout, stderr } = await runBounded([command, "--json"], env);
  const { refused, refusedCount } = JSON.parse(stdout === "" ? NO_ANSWER : stdout) as Answer;
  const named = new Set(refused.map(({ id }) => id));
  const violations: string[] = [];
  if (code !== (refusedCount > 0 ? 1 : 0))
    violations.push(`${command} ended with ${code}, ${refusedCount} rows refused: ${stderr}`);
  if (named.size !== refusedCount)
    violations.push(`${command} counts ${refusedCount} refused rows and names ${named.size}`);
  return { violations, named };
}

export async function idsOf(db: RoundDatabase, sql: string): Promise<ReadonlySet<string>> {
  return new Set((await db.query<{ id: string }>(sql)).map(({ id }) => id));
}
