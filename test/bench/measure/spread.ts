// Samples, and how they are written: the median with the least and the greatest.

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? NaN;
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? NaN;
  return (lower + upper) / 2;
}

/** The sample that this part of all lies below. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * part)] ?? NaN;
}

/** `812 ms (790-850)` */
export function spread(samples: readonly number[], unit = ""): string {
  const [least, greatest] = [Math.min(...samples), Math.max(...samples)];
  const range = samples.length > 1 ? `(${figure(least)}-${figure(greatest)})` : "";
  return [figure(median(samples)), unit, range].filter((part) => part !== "").join(" ");
}

/** Three digits that count. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return "?";
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString("en");
  return String(Number(value.toPrecision(3)));
}
