// Measures how similar two words are, to guess a misspelled name.

const MOST_EDITS = 3;

/** Infinity if the two have too little in common; the beginning of a name counts as similar. */
export function editsBetween(word: string, name: string): number {
  if (word.length > 2 && name.startsWith(word)) return Math.min(1, name.length - word.length);
  const edits = distance(word, name);
  const alike = 1 - edits / Math.max(word.length, name.length);
  return edits <= MOST_EDITS && alike > 0.4 ? edits : Infinity;
}

/** Damerau-Levenshtein distance: insertions, deletions, substitutions, swapped neighbours. */
function distance(a: string, b: string): number {
  let [before, last]: [number[], number[]] = [
    [],
    Array.from({ length: b.length + 1 }, (_, j) => j),
  ];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const exchanged = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        ...[at(last, j) + 1, at(row, j - 1) + 1, replaced],
        exchanged ? at(before, j - 2) + 1 : Infinity,
      );
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
