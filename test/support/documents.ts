// The project's documents, read for what in them can be executed: fenced blocks and inline code.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));

/** README.md, SECURITY.md and all below docs, as paths from the checkout. */
export const DOCUMENTS: readonly string[] = [
  ...readdirSync(CHECKOUT).filter((name) => name.endsWith(".md")),
  ...readdirSync(`${CHECKOUT}docs`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

export interface Step {
  /** Where the command stands, such as `README.md:12`. */
  readonly at: string;
  /** Without a comment at its end. */
  readonly command: string;
  /** What the document says it prints; null where it says nothing. */
  readonly printed: string | null;
}

export interface Section {
  readonly document: string;
  readonly heading: string;
  /** The commands of all its blocks, in order. */
  readonly steps: readonly Step[];
}

export interface Block {
  readonly document: string;
  readonly heading: string;
  /** The first word after the fence: what is in it. */
  readonly language: string;
  /** Of its first line. */
  readonly line: number;
  readonly lines: readonly string[];
}

/** What is typed into a shell; a `console` block shows what comes back, too. */
const SHELLS = ["sh", "bash", "console"];

/** The sections that hold commands. */
export function readSections(document: string, text = readDocument(document)): Section[] {
  const sections = new Map<string, Section>();
  for (const block of readBlocks(document, text)) {
    if (!SHELLS.includes(block.language)) continue;
    const { heading } = block;
    const before = sections.get(heading)?.steps ?? [];
    sections.set(heading, { document, heading, steps: [...before, ...stepsOf(block)] });
  }
  return [...sections.values()];
}

function readDocument(document: string): string {
  return readFileSync(`${CHECKOUT}${document}`, "utf8");
}

export function readBlocks(document: string, text = readDocument(document)): Block[] {
  const blocks: Block[] = [];
  let heading = "";
  let open: (Block & { lines: string[] }) | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const [, language] = /^ *```(\w*)/.exec(line) ?? [];
    if (open !== null && language === undefined) open.lines.push(line);
    else if (open !== null) {
      blocks.push(open);
      open = null;
    } else if (language !== undefined) {
      open = { document, heading, language, line: index + 2, lines: [] };
    } else heading = /^#+ (.*)$/.exec(line)?.[1] ?? heading;
  }
  return blocks;
}

/** Inline code outside of blocks, as it stands there. */
export function readInlineCode(document: string): string[] {
  const prose = readDocument(document).replace(/^ *```[^]*?^ *```$/gm, "");
  return [...prose.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code.replace(/\s+/g, " "));
}

function stepsOf({ document, language, line, lines }: Block): Step[] {
  const steps: { at: string; command: string; printed: string | null }[] = [];
  const isConsole = language === "console";
  let unfinished = false;
  for (const [index, text] of lines.entries()) {
    const last = steps.at(-1);
    const typed = isConsole ? /^\$ (.*)$/.exec(text)?.[1] : text.trimStart();
    if (unfinished && last !== undefined) last.command += `\n${text.replace(/^> /, "")}`;
    else if (typed === undefined && last !== undefined) last.printed += `${text}\n`;
    else if (typed !== undefined && !/^\s*(#|$)/.test(typed)) {
      const at = `${document}:${line + index}`;
      steps.push({ at, command: typed, printed: isConsole ? "" : null });
    }
    unfinished = (typed !== undefined || unfinished) && text.endsWith("\\");
  }
  return steps.map((step) => ({ ...step, command: step.command.replace(/\s+#\s[^"']*$/, "") }));
}
