// What a row of the table is made of.
import type { Sizes } from "./options.ts";
import type { Stage } from "./stage/stage.ts";

export interface Verdict {
  readonly what: string;
  /** Each side as it is to be read, with its unit and spread. */
  readonly ours: string;
  readonly theirs: string;
  /** Ours to theirs in each round, in the sense of the goal: it must be met in all of them. */
  readonly rounds: readonly number[];
  /** null: only shown. */
  readonly goal: Goal | null;
  /** Why it is no better, for a goal that is missed. */
  readonly limit?: string;
  /** Every measured value, for the JSON. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
}

export interface Goal {
  readonly is: "at least" | "at most";
  readonly ratio: number;
}

/** A line of the plot. */
export interface Curve {
  readonly what: string;
  readonly unit: string;
  readonly sizeOf: string;
  readonly points: readonly { readonly size: number; readonly cost: number }[];
}

export interface Findings {
  readonly verdicts: readonly Verdict[];
  readonly curves?: readonly Curve[];
}

export interface Row {
  readonly name: string;
  run(stage: Stage, sizes: Sizes): Promise<Findings>;
}

export const atLeast = (ratio: number): Goal => ({ is: "at least", ratio });
export const atMost = (ratio: number): Goal => ({ is: "at most", ratio });
