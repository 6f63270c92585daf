// Ids as people type and read them: the first digits of a UUID, where these say which one it is.

/** UUIDs from here to there, both included: one and the same for a whole id. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
}

const DIGITS = 32;
/** Digits of an id that is shown to its end. */
export const WHOLE_ID = DIGITS;
/** Digits of a prefix that a command takes. */
const FEWEST_TYPED = 4;
export const ID_FORM = `a UUID, or at least its first ${FEWEST_TYPED} characters`;
/** Digits of an id in a table: nearly always enough, so that tables of all sizes look the same. */
const FEWEST_SHOWN = 8;

/**
 * The ids that begin as typed, in any case, with dashes where a UUID has them or with none at all.
 * @returns null for what begins no UUID
 */
export function rangeOfIds(text: string): IdRange | null {
  const typed = text.toLowerCase();
  const digits = typed.replaceAll("-", "");
  const from = dashed(digits.padEnd(DIGITS, "0"));
  if (!new RegExp(`^[0-9a-f]{0,${DIGITS}}$`).test(digits)) return null;
  if (typed !== digits && !from.startsWith(typed)) return null;
  return { from, to: dashed(digits.padEnd(DIGITS, "f")) };
}

/** The same for what a command takes: an id, or enough of its beginning to be meant for one. */
export function readIdPrefix(text: string): IdRange | null {
  return text.replaceAll("-", "").length < FEWEST_TYPED ? null : rangeOfIds(text);
}

export function isWhole({ from, to }: IdRange): boolean {
  return from === to;
}

/** How many digits tell an id from its neighbours, and so from all others in the order of ids. */
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

/** @param digits of them, or `WHOLE_ID` */
export function shortId(id: string, digits: number): string {
  return dashed(digitsOf(id).slice(0, digits));
}

function digitsOf(id: string): string {
  return id.replaceAll("-", "");
}

/** As a UUID writes them, however many there are. */
function dashed(digits: string): string {
  const [head, tail] = [digits.slice(0, 8), digits.slice(20)];
  const [a, b, c] = [digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20)];
  return `${head}-${a}-${b}-${c}-${tail}`.replace(/-+$/, "");
}
