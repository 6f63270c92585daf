// What two runs of the same commands may differ in: ids, times, lengths of time, and line breaks.

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;

/** In the first column of a table. */
const SHORT_ID = /^[0-9a-f]{8}(-[0-9a-f]+)*(?= {2})/gm;

const MASKS: readonly (readonly [RegExp, string])[] = [
  [UUID, "<id>"],
  [SHORT_ID, "<short id>"],
  // 2026-01-31T08:00:00.123Z, and the clock before a line of the log.
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?Z/g, "<time>"],
  [/^\d\d:\d\d:\d\d(?= (debug|info|warn|error) )/gm, "<time>"],
  // Of the host that a run was on.
  [/\(on\s+[\w.-]+\)/g, "(on <host>)"],
  // Zitadel's own ids.
  [/\b\d{18,19}\b/g, "<zitadel id>"],
  // 5m, 1m30s, 2.0s, 120 ms.
  [/\b(\d+m)?\d+(\.\d+)?( ?ms|s|m|h|d)\b(?!\/)/g, "<span>"],
  // Which hours of a day had accounts created in them.
  [/[▁-█]+/gu, "<hours>"],
  // Cells are padded, and sentences wrapped, after the length of what they hold.
  [/\s+/g, " "],
];

/** For pictures with columns: each time of day is the same one, and as long. */
export function withOneTime(text: string): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "2026-01-31T08:00:00Z");
}

export function masked(text: string): string {
  return MASKS.reduce((left, [pattern, instead]) => left.replace(pattern, instead), text).trim();
}

export interface IdBook {
  /** What is typed where the document says `text`: with the ids that stand here for its own. */
  translate(text: string): string;
  /** @throws where one id would stand for two, or two for one */
  learn(written: string, shown: string, at: string): void;
}

const TYPED_ID = /\b[0-9a-f]{8}(-[0-9a-f]{4}){0,3}(-[0-9a-f]{12})?\b/g;

function idsIn(text: string): string[] {
  return [UUID, SHORT_ID].flatMap((pattern) => [...text.matchAll(pattern)].map(([id]) => id));
}

/** Which id here is which in the document. One that was never printed is the same in both. */
export function createIdBook(): IdBook {
  const shownFor = new Map<string, string>();
  return {
    translate: (text) => text.replace(TYPED_ID, (id) => shownFor.get(id) ?? id),
    learn: (written, shown, at) => {
      const theirs = idsIn(shown);
      for (const [index, id] of idsIn(written).entries()) {
        const here = theirs[index] ?? "";
        const others = [...shownFor].filter(([key, value]) => (key === id) !== (value === here));
        if (others.length > 0)
          throw new Error(`${at}: ${id} is ${here}, and ${others.join(" is ")}`);
        shownFor.set(id, here);
      }
    },
  };
}
