// Which sources and packages the built binary loads, seen from outside by Node's own coverage.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Env = Readonly<Record<string, string>>;

/** @param run runs the binary once with this environment added; @returns paths of sources */
export async function loadedBy(run: (env: Env) => Promise<unknown>): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "family-hub-loaded-"));
  await run({ NODE_V8_COVERAGE: folder });
  const [file = ""] = await readdir(folder);
  const { result } = JSON.parse(await readFile(join(folder, file), "utf8")) as {
    result: { url: string }[];
  };
  await rm(folder, { recursive: true });
  return (await Promise.all(result.map(({ url }) => sourcesOf(url)))).flat();
}

/** What a file of the build was made of; of any other file the file itself. */
async function sourcesOf(url: string): Promise<string[]> {
  if (!url.includes("/dist/")) return [url];
  const map = JSON.parse(await readFile(new URL(`${url}.map`), "utf8")) as { sources: string[] };
  return map.sources;
}
