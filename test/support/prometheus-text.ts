// Prometheus' text format, read as strictly as a scrape reads it.

/** Sample by its name and labels, such as `up{job="x"}`: what a scrape would store. */
export type Samples = ReadonlyMap<string, number>;

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"`;
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)\\})? (\\S+)$`);

/**
 * @throws for a line that is none of the format, a sample with a time of its own, one that is there
 *   twice, or that no HELP and TYPE of its name stand before
 */
export function readSamples(...texts: readonly string[]): Samples {
  const samples = new Map<string, number>();
  for (const text of texts)
    for (const [key, value] of readOne(text)) {
      if (samples.has(key)) throw new Error(`there twice: ${key}`);
      samples.set(key, value);
    }
  return samples;
}

function readOne(text: string): [string, number][] {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const explained = new Map<string, string[]>();
  return text.split("\n").flatMap((line) => {
    if (line === "") return [];
    const [, word, about] = new RegExp(`^# (HELP|TYPE) (${NAME}) \\S.*$`).exec(line) ?? [];
    if (word !== undefined && about !== undefined) {
      explained.set(about, [...(explained.get(about) ?? []), word]);
      return [];
    }
    const [, name = "", labels = "", value = ""] = SAMPLE.exec(line) ?? [];
    if (name === "" || Number.isNaN(Number(value))) throw new Error(`no sample: ${line}`);
    if (explained.get(name)?.join() !== "HELP,TYPE") throw new Error(`not explained: ${line}`);
    const sorted = labels
      .split(/,(?=[a-zA-Z_])/)
      .sort()
      .join();
    return [[labels === "" ? name : `${name}{${sorted}}`, Number(value)]];
  });
}
