// What two runs of the same commands may differ in: ids, times, lengths of time, and line breaks.

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

const MASKS: readonly (readonly [RegExp, string])[] = [
  // 2026-01-31T08:00:00.123Z, and the clock before a line of the log.
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g, "<time>"],
  [/^\d\d:\d\d:\d\d(?= (debug|info|warn|error) )/gm, "<time>"],
  // 5m, 1m30s, 2.0s, 120 ms.
  [/\b(\d+m)?\d+(\.\d+)?( ?ms|s|m|h|d)\b(?!\/)/g, "<span>"],
  // Which hours of a day had accounts created in them.
  [/[▁-█]+/gu, "<hours>"],
  // Cells are padded, and sentences wrapped, after the length of what they hold.
  [/\s+/g, " "],
];

/**
 * Ids are numbered in the order in which they come, so that the same number means the same id
 * throughout, and one id never stands for two.
 */
export function createMask(): (text: string) => string {
  const ids = new Map<string, string>();
  const number = (id: string) => {
    const known = ids.get(id) ?? `<id ${ids.size + 1}>`;
    ids.set(id, known);
    return known;
  };
  return (text) =>
    MASKS.reduce(
      (masked, [pattern, instead]) => masked.replace(pattern, instead),
      text.replace(UUID, number),
    ).trim();
}
