// Postgres's `infinity` and `-infinity` as dates, distinct from each other and from an invalid date.

/** The farthest possible date, so that comparing and sorting work; in JSON its name. */
class EndlessDate extends Date {
  readonly #name: string;
  constructor(ms: number, name: string) {
    super(ms);
    this.#name = name;
  }
  override toISOString(): string {
    return this.#name;
  }
}

/** ECMA-262, Time Values and Time Range. */
const FARTHEST_MS = 8.64e15;

/** A time that never comes. */
export const INFINITY: Date = new EndlessDate(FARTHEST_MS, "infinity");
/** A time that has always been over. */
export const MINUS_INFINITY: Date = new EndlessDate(-FARTHEST_MS, "-infinity");

export function isEndless(at: Date): boolean {
  return at instanceof EndlessDate;
}
