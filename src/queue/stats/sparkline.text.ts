// Numbers as a row of small bars.

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** Only 0 gets the lowest bar; any other number gets a higher one. */
export function sparkline(numbers: readonly number[]): string {
  const most = Math.max(1, ...numbers);
  return numbers.map((n) => BARS[Math.ceil((n / most) * (BARS.length - 1))]).join("");
}
