// Alternated rounds: A B C, B C A, C A B, so that a slow minute of the machine strikes all alike.
import { median } from "./spread.ts";

/** @returns by contestant, one sample a round */
export async function alternate<Name extends string, Sample>(
  contestants: Readonly<Record<Name, () => Promise<Sample>>>,
  rounds: number,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(contestants) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    Sample[]
  >;
  for (let round = 0; round < rounds; round += 1) {
    const first = round % names.length;
    for (const name of [...names.slice(first), ...names.slice(0, first)]) {
      samples[name].push(await contestants[name]());
    }
  }
  return samples;
}

/** The median of each round, where a round is several samples: one alone would be too noisy. */
export function roundMedians(samples: readonly number[], perRound: number): number[] {
  const rounds = Math.ceil(samples.length / perRound);
  return Array.from({ length: rounds }, (_, round) =>
    median(samples.slice(round * perRound, (round + 1) * perRound)),
  );
}

/** One to the other, round by round. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, round) => value / (theirs[round] ?? NaN));
}
