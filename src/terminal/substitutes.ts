// Replaces each visible character, however many code units it has, by one substitute for each of its cells.
import stringWidth from "string-width";
import { graphemes } from "./graphemes.ts";

export interface Substitutes {
  hide(text: string): string;
  show(text: string): string;
}

const PLAIN = /^[\u0000-\u02ff]*$/;
const FIRST = 0xe000;
/** The second cell of a wide character. */
const SECOND_CELL = "\uf8ff";
const SUBSTITUTE = /[\ue000-\uf8fe]\uf8ff?|\uf8ff/g;

/**
 * cli-table3 measures with string-width 4, which counts a cell for each Thai vowel, Hebrew point or joiner,
 * and cuts between code units: through an emoji, or between a letter and its accents. So such characters are
 * replaced by private-use characters before, and restored afterwards.
 */
export function createSubstitutes(): Substitutes {
  const hidden: string[] = [];
  const known = new Map<string, string>();
  const substituteFor = (character: string) => {
    const index = known.size;
    if (FIRST + index >= SECOND_CELL.charCodeAt(0)) return character;
    const first = String.fromCharCode(FIRST + index);
    const made = first + SECOND_CELL.repeat(Math.max(0, stringWidth(character) - 1));
    hidden.push(character);
    known.set(character, made);
    return made;
  };
  return {
    hide: (text) => {
      if (PLAIN.test(text)) return text;
      return Array.from(graphemes(text), (grapheme) =>
        grapheme.length === 1 && !isPrivate(grapheme)
          ? grapheme
          : (known.get(grapheme) ?? substituteFor(grapheme)),
      ).join("");
    },
    // A wide character that was cut in half becomes a blank.
    show: (text) =>
      text.replace(SUBSTITUTE, (found) => {
        const character = hidden[found.charCodeAt(0) - FIRST] ?? " ";
        return found.length === 1 && stringWidth(character) > 1 ? " " : character;
      }),
  };
}

/** A private-use character in the text itself must not look like a substitute. */
function isPrivate(character: string): boolean {
  return character >= "\ue000" && character <= SECOND_CELL;
}
