// One thing that must hold, and how to say what was found instead.

export interface Check {
  readonly title: string;
  /** Rejects, saying what was found instead, when it does not hold. */
  holds(): Promise<void>;
}

/** @throws naming both where they differ */
export function same(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`found ${a}, expected ${b}`);
}
