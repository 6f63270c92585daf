// Numbers as a row of little bars.

const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/** The lowest bar is nothing at all: what is more, however little, stands above it. */
export function sparkline(numbers: readonly number[]): string {
  const most = Math.max(1, ...numbers);
  return numbers.map((n) => BARS[Math.ceil((n / most) * (BARS.length - 1))]).join("");
}
