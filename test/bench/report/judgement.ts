// Whether a goal is met: in every round, not only at the median.
import { figure, median } from "../measure/spread.ts";
import type { Goal, Verdict } from "../row.ts";

export interface Judgement {
  /** The median of the rounds. */
  readonly ratio: number;
  /** Of the round that is furthest from the goal; null without a goal. */
  readonly worst: number | null;
  readonly missedRounds: number;
  /** null without a goal. */
  readonly met: boolean | null;
}

export function judge({ rounds, goal }: Pick<Verdict, "rounds" | "goal">): Judgement {
  const ratio = median(rounds);
  if (goal === null) return { ratio, worst: null, missedRounds: 0, met: null };
  const worst = goal.is === "at least" ? Math.min(...rounds) : Math.max(...rounds);
  // What could not be measured is missed as well.
  const missedRounds = rounds.filter((round) => !meets(round, goal)).length;
  return { ratio, worst, missedRounds, met: rounds.length > 0 && missedRounds === 0 };
}

function meets(ratio: number, goal: Goal): boolean {
  return goal.is === "at least" ? ratio >= goal.ratio : ratio <= goal.ratio;
}

/** `missed in 2 of 7 rounds by up to 1.05 times`, where in the worst of them a twentieth is lacking. */
export function inWords(verdict: Pick<Verdict, "rounds" | "goal">): string {
  const { worst, missedRounds, met } = judge(verdict);
  const { rounds, goal } = verdict;
  if (goal === null || worst === null) return "shown";
  if (met === true) return "met";
  const short = figure(goal.is === "at least" ? goal.ratio / worst : worst / goal.ratio);
  if (rounds.length < 2) return `missed by ${short} times`;
  return `missed in ${missedRounds} of ${rounds.length} rounds by up to ${short} times`;
}
