// Alternated rounds: A B C, B C A, C A B, so that a slow minute of the machine strikes all alike.

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
