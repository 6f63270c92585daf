// How many rows match, for the footer of a page.

export interface MatchCount {
  readonly count: number;
  /** There are more than `count`. */
  readonly capped: boolean;
}
