// Text and paragraphs in roff, the language of man pages.

/** Shown exactly: hyphens that can be copied, straight quotes, no line that is a request. */
export function escape(text: string): string {
  const plain = text
    .replaceAll("\\", "\\e")
    .replace(/[-'`^~]/g, (character) => TYPED[character] ?? character)
    .replace(/[^\x20-\x7e\n]/gu, (character) => `\\[u${hex(character)}]`);
  return plain.replace(/^\./gm, "\\&.");
}

const TYPED: Readonly<Record<string, string>> = {
  ...{ "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti" },
};

function hex(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}

/** The argument of a request. */
export function quoted(text: string): string {
  return `"${escape(text).replaceAll('"', "\\(dq")}"`;
}

export function section(title: string, ...lines: readonly string[]): string[] {
  // A section begins a new paragraph.
  return [`.SH ${quoted(title)}`, ...(lines[0] === ".PP" ? lines.slice(1) : lines)];
}

export function paragraph(text: string): string[] {
  return [".PP", escape(text)];
}

/** A term in bold, and what it means. */
export function item(term: string, text: string): string[] {
  return [".TP", `.B ${quoted(term)}`, escape(text)];
}

/** Shown line for line as typed. */
export function verbatim(text: string): string[] {
  return [".nf", escape(text), ".fi"];
}
