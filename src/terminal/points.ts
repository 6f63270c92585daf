// Lists points with a name before each, like `kubectl describe`.
import { wrapCells, type Unbroken } from "./wrap.ts";

export interface Point {
  readonly name: string;
  /** One paragraph each. */
  readonly texts: readonly string[];
  /** What people copy from its texts, such as the name of a key: never broken. */
  readonly unbroken?: Unbroken;
  /** How the name is coloured. */
  readonly paint?: (name: string) => string;
}

/**
 * @param width columns to wrap at; null for one line a paragraph, for programs
 * @param leastIndent of the texts, to align them with other points
 */
export function formatPoints(
  points: readonly Point[],
  width: number | null,
  leastIndent = 0,
): string {
  const indent = Math.max(leastIndent, ...points.map(({ name }) => name.length + 2));
  return points
    .flatMap(({ name, texts, unbroken, paint = unpainted }) =>
      texts
        .flatMap((text) =>
          width === null ? [text] : wrapCells(text, Math.max(20, width - indent), unbroken),
        )
        .map(
          (line, index) =>
            `${(index === 0 ? paint(name) : "") + " ".repeat(indent - (index === 0 ? name.length : 0))}${line}\n`,
        ),
    )
    .join("");
}

function unpainted(name: string): string {
  return name;
}
