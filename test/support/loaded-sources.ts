// Which sources and packages the built binary runs, seen from outside by Node's own coverage.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Env = Readonly<Record<string, string>>;

interface Script {
  readonly url: string;
  readonly functions: readonly {
    readonly functionName: string;
    readonly ranges: readonly { readonly count: number }[];
  }[];
}

/** @param run runs the binary once with this environment added; @returns paths of sources */
export async function loadedBy(run: (env: Env) => Promise<unknown>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "family-hub-loaded-"));
  await run({ NODE_V8_COVERAGE: folder });
  const [file = ""] = await readdir(folder);
  const { result } = JSON.parse(await readFile(join(folder, file), "utf8")) as { result: Script[] };
  await rm(folder, { recursive: true });
  return (await Promise.all(result.map(sourcesOf))).flat();
}

/**
 * Of the build those of its sources that ran. Each stands under a comment with its path, and what is
 * loaded later in a function that is named so as well.
 */
async function sourcesOf({ url, functions }: Script): Promise<string[]> {
  if (!url.includes("/dist/")) return [url];
  const called = new Set(
    functions.filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0).map((it) => it.functionName),
  );
  const [, ...parts] = (await readFile(new URL(url), "utf8")).split(/^\/\/ (?=[\w.@/-]+\.\w+$)/m);
  return parts.flatMap((part) => {
    const [path = ""] = part.split("\n", 1);
    const later = /=\s*__(esm|commonJS)\(\s*\{/.test(part);
    return !later || called.has(path) ? [path] : [];
  });
}
