// IDs as people type and read them: the first digits of a UUID, if they are unique.

/** UUIDs from one to the other, both included: the same for a complete ID. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
}

const DIGITS = 32;
/** The number of digits of a complete ID. */
export const ALL_DIGITS = DIGITS;
/** The fewest digits that a command accepts. */
const FEWEST_TYPED = 4;
export const ID_FORM = `a UUID, or at least its first ${FEWEST_TYPED} characters`;
/** Digits of an ID in a table: nearly always unique, so that all tables look alike. */
const FEWEST_SHOWN = 8;

/**
 * The IDs that begin with the text, in any case, with the dashes of a UUID or without any.
 * @returns null if no UUID begins this way
 */
export function rangeOfIds(text: string): IdRange | null {
  const typed = text.toLowerCase();
  const digits = typed.replaceAll("-", "");
  const from = dashed(digits.padEnd(DIGITS, "0"));
  if (!new RegExp(`^[0-9a-f]{0,${DIGITS}}$`).test(digits)) return null;
  if (typed !== digits && !from.startsWith(typed)) return null;
  return { from, to: dashed(digits.padEnd(DIGITS, "f")) };
}

/** The same for an argument of a command: an ID, or enough of its beginning. */
export function readIdPrefix(text: string): IdRange | null {
  return text.replaceAll("-", "").length < FEWEST_TYPED ? null : rangeOfIds(text);
}

export function isCompleteId({ from, to }: IdRange): boolean {
  return from === to;
}

/** How many digits distinguish an ID from its neighbours, and so from all others in order. */
export function digitsNeeded(id: string, neighbours: readonly (string | null)[]): number {
  const common = neighbours.map((other) => (other === null ? 0 : digitsInCommon(id, other)));
  return Math.max(FEWEST_SHOWN, ...common.map((digits) => digits + 1));
}

function digitsInCommon(a: string, b: string): number {
  const [left, right] = [digitsOf(a), digitsOf(b)];
  let count = 0;
  while (count < DIGITS && left[count] === right[count]) count += 1;
  return count;
}

/** @param digits how many, or `ALL_DIGITS` */
export function shortId(id: string, digits: number): string {
  return dashed(digitsOf(id).slice(0, digits));
}

function digitsOf(id: string): string {
  return id.replaceAll("-", "");
}

/** Adds the dashes of a UUID, for any number of digits. */
function dashed(digits: string): string {
  const [head, tail] = [digits.slice(0, 8), digits.slice(20)];
  const [a, b, c] = [digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20)];
  return `${head}-${a}-${b}-${c}-${tail}`.replace(/-+$/, "");
}
