// Measures the tool against its peers and a lower bound: `npm run bench`; options.ts has its options.
//
// Exit 0 when everything was measured, met or missed; 1 when the benchmark itself failed.
import { readFile, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { fileURLToPath } from "node:url";
import { readOptions, USAGE, type Options } from "./options.ts";
import { reportOf, writeJson, type Report } from "./report/json.ts";
import { markdown } from "./report/markdown.ts";
import { plot } from "./report/svg.ts";
import { table } from "./report/table.ts";
import type { Curve, Findings, Row, Verdict } from "./row.ts";
import { ROWS } from "./rows/index.ts";
import { buildWith, installPeers, peerNode, peerNodeVersion } from "./stage/peer-node.ts";
import { openStage, POSTGRES_SETTINGS, type Stage } from "./stage/stage.ts";
import { openDatabase } from "./stage/database.ts";

const LATEST = fileURLToPath(new URL("results/latest", import.meta.url));

function readOptionsOrExit(): Options {
  const names = ROWS.map(({ name }) => name);
  try {
    return readOptions(process.argv.slice(2), names);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n${USAGE}rows: ${names.join(", ")}\n`);
    return process.exit(64);
  }
}

const options = readOptionsOrExit();
if (options.markdown) {
  process.stdout.write(markdown(JSON.parse(await readFile(`${LATEST}.json`, "utf8")) as Report));
  process.exit();
}
const startedAt = new Date();
const loadAtStart = loadavg()[0] ?? 0;
installPeers();
buildWith(peerNode());
const stage = await openStage();
process.once("SIGINT", () => void stage.close().finally(() => process.exit(130)));
try {
  const chosen = ROWS.filter(
    ({ name }) => options.only.length === 0 || options.only.includes(name),
  );
  const found = await measure(stage, chosen, options);
  process.stdout.write(table(found.verdicts));
  const report = reportOf(await circumstances(stage), found);
  await writeJson(`${LATEST}.json`, report);
  await writeFile(`${LATEST}.md`, markdown(report));
  await writeFile(`${LATEST}.svg`, plot(found.curves));
} finally {
  await stage.close();
  buildWith(process.execPath);
}

/** A row that fails is reported, and the others are still measured. */
async function measure(on: Stage, rows: readonly Row[], { sizes }: Options) {
  const verdicts: Verdict[] = [];
  const curves: Curve[] = [];
  for (const row of rows) {
    const startMs = performance.now();
    const found = await row.run(on, sizes).catch((error: unknown): Findings => {
      process.exitCode = 1;
      process.stderr.write(`${row.name}: ${(error as Error).stack}\n`);
      return { verdicts: [] };
    });
    verdicts.push(...found.verdicts);
    curves.push(...(found.curves ?? []));
    const seconds = Math.round((performance.now() - startMs) / 1000);
    process.stderr.write(`${row.name}: ${seconds} s\n`);
  }
  return { verdicts, curves };
}

async function circumstances(on: Stage) {
  const postgres = openDatabase(on.postgres, "postgres");
  const [version] = await postgres.query<{ server_version: string }>("show server_version");
  await postgres.close();
  return {
    scale: options.scale,
    sizes: options.sizes,
    node: peerNodeVersion(),
    postgres: version?.server_version ?? "",
    postgresSettings: POSTGRES_SETTINGS,
    startedAt: startedAt.toISOString(),
    seconds: Math.round((Date.now() - startedAt.getTime()) / 1000),
    load: [loadAtStart, loadavg()[0] ?? 0] as const,
  };
}
