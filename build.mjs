// Builds dist: a file with all commands, one with the scheduled ones alone, one with `queue list`, what V8 compiled
// of each, a file for traces, the licences of what is in them, and the man pages.
//
// A tick with nothing to do is mostly the loading of code. From some hundred files that takes half as
// long again as from one, and a file with commands that nobody asked for a fifth longer. So our own
// code and the small libraries are put together, three times. What only working runs and migrations need
// stays in node_modules and is loaded when it is.
//
// As CommonJS: of an ES module node would load everything at once that any command imports.
import { build, transform } from "esbuild";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";

/**
 * An ES module among them must be asked for in one place only: Node 20 fails when one is required
 * while it is being imported.
 */
const LOADED_LATE = ["@grpc/grpc-js", "@zitadel/node", "knex", "prom-client"];

/** Asked for by a library that goes on without; @colors/colors only for borders and heads in colour. */
const LEFT_OUT = ["pg-native", "@colors/colors"];

/**
 * For `--version`: git's own, `-dirty` where the checkout has changes; without a .git folder, as in an
 * image's build, what GIT_COMMIT says; empty where nobody knows.
 */
function commit() {
  if (existsSync(".git")) {
    try {
      const args = ["describe", "--always", "--dirty", "--exclude=*", "--abbrev=7"];
      return execFileSync("git", args, { encoding: "utf8", stdio: "pipe" }).trim();
    } catch {
      // No git here, or it does not trust the folder's owner.
    }
  }
  return /^[0-9a-f]{7,40}$/.test(process.env.GIT_COMMIT) ? process.env.GIT_COMMIT.slice(0, 7) : "";
}

/**
 * The notices of all packages in the bundle, as their licences require when they are passed on.
 * @throws where a package has none: then somebody must look
 */
async function licences(files) {
  const packages = new Map();
  for (const file of files) {
    const [, folder] = /^(.*\bnode_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    if (folder) packages.set(folder, [...(packages.get(folder) ?? []), file]);
  }
  const notices = [];
  for (const [folder, sources] of packages) {
    const { name, version, license } = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
    const text = (await licenceOf(folder)) || (await headersOf(sources));
    if (text === "") throw new Error(`${name} has no notice of its licence: ${folder}`);
    notices.push(`${name} ${version}, ${license}\n\n${text}\n`);
  }
  // One of them names this licence and does not bring its text; a neighbour does.
  const apache = await readFile("node_modules/@grpc/grpc-js/LICENSE", "utf8");
  return [
    "The programs in dist/bin contain the packages below.\n",
    ...notices.sort(),
    `Apache-2.0, in full\n\n${apache}`,
  ].join(`\n${"-".repeat(80)}\n\n`);
}

/** Its own file, or else its chapter at the end of the README. */
async function licenceOf(folder) {
  const names = await readdir(folder);
  const own = names.find((name) => /^licen[cs]e(-mit)?(\.(md|txt))?$/i.test(name));
  if (own) return (await readFile(`${folder}/${own}`, "utf8")).trim();
  const readme = await readFile(`${folder}/README.md`, "utf8");
  return /^#+ license\n([^]*(copyright[^]*))$/im.exec(readme)?.[1].trim() ?? "";
}

/** What stands above the code of each file, once. */
async function headersOf(sources) {
  const texts = await Promise.all(sources.map((file) => readFile(file, "utf8")));
  const headers = texts.map((text) => /^(?:"use strict";\n)?((?:\/\/.*\n)+)/.exec(text)?.[1]);
  return [...new Set(headers.map((header) => header?.replaceAll(/^\/\/ ?/gm, "").trim()))]
    .filter((header) => /copyright/i.test(header))
    .join("\n\n");
}

const options = {
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node20.19",
  external: [...LOADED_LATE, ...LEFT_OUT],
  define: {
    "import.meta.url": "importMetaUrl",
    // pg makes a Response to find out whether it runs at Cloudflare; on Node 20 that loads a whole
    // HTTP client, a sixth of an idle tick.
    Response: "undefined",
    BUILD_COMMIT: JSON.stringify(commit()),
  },
  banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  logLevel: "warning",
};

/**
 * Blanks and comments are a third of what V8 must read before a tick can begin, and one letter beyond
 * ASCII among them doubles it. Names stay, and above each source its path, so that a stack can be read.
 */
async function withoutBlanks(code) {
  // For `import()` the exports stand once more at the end, in code that never runs and would be left out.
  const [runs, names = ""] = code.split(/^\/\/ Annotate the CommonJS export names .*\n/m);
  const sources = runs.split(/^(?=\/\/ [\w.@/-]+\.\w+$)/m);
  const compact = sources.map(async (source) => {
    const [path] = /^\/\/ .*\n/.exec(source) ?? [""];
    const options = { minifyWhitespace: true, lineLimit: 120, legalComments: "none" };
    return path + (await transform(source, options)).code;
  });
  return (await Promise.all(compact)).join("") + names;
}

/** As bin/program.ts needs it. @throws if an `import()` is left */
function importingHere(code) {
  const changed = code.replaceAll(/\bimport\((?=")/g, "importHere(");
  const [left] = /\bimport\((?!\))/.exec(changed) ?? [];
  if (left) throw new Error("a program has an import() of something that is no string");
  return changed;
}

/** Has a file of its own: a run that nobody traces reads none of it. */
const TRACES = "open-telemetry";
const tracesApart = {
  name: "traces apart",
  setup: ({ onResolve }) =>
    onResolve({ filter: new RegExp(`/${TRACES}\\.ts$`) }, ({ kind }) =>
      kind === "dynamic-import" ? { path: `./${TRACES}.js`, external: true } : undefined,
    ),
};

/**
 * string-width makes these two when it is loaded: 30 ms, a third of `queue list`. Only text beyond ASCII
 * needs them, so they are made for the first.
 */
const MADE_LATE = {
  "= new Intl.Segmenter();":
    "= { segment(text) { return (this.made ??= new Intl.Segmenter()).segment(text); } };",
  "= /^\\p{RGI_Emoji}$/v;":
    '= { test(text) { return (this.made ??= new RegExp("^\\\\p{RGI_Emoji}$", "v")).test(text); } };',
};
const widthsLate = {
  name: "widths late",
  setup: ({ onLoad }) =>
    onLoad({ filter: /string-width.index\.js$/ }, async ({ path }) => {
      let contents = await readFile(path, "utf8");
      // cli-table3 brings an older one, without either.
      if (!contents.includes("Intl")) return undefined;
      for (const [made, late] of Object.entries(MADE_LATE)) {
        if (!contents.includes(made)) throw new Error(`${path} does not contain "${made}"`);
        contents = contents.replace(made, () => late);
      }
      return { contents };
    }),
};

/** Enough settings to try to connect, and to be refused at once. */
const NO_DATABASE = {
  DATABASE_URL: "postgres://nobody@127.0.0.1:1/none?sslmode=disable",
  ZITADEL_URL: "http://127.0.0.1:1",
  ZITADEL_TOKEN: "none",
  ZITADEL_ORG_ID: "1",
  PASSWORD_KEYS: JSON.stringify({
    keys: [{ kty: "oct", kid: "none", alg: "dir", enc: "A256GCM", k: "A".repeat(43) }],
  }),
  SYNTHETIC_EMAIL_DOMAIN: "example.com",
};

// `node build.mjs --commit` only shows which commit a build would have.
if (process.argv.includes("--commit")) {
  process.stdout.write(`${commit()}\n`);
  process.exit();
}

await rm("dist", { recursive: true, force: true });
await mkdir("dist/bin", { recursive: true });
const bundled = new Set();
const program = { entryPoints: ["bin/family-hub-jobs.ts"], plugins: [tracesApart, widthsLate] };
for (const [name, { define, ...settings }] of Object.entries({
  "all-commands": program,
  "scheduled-commands": { ...program, define: { ONLY: '"scheduled"' } },
  "queue-list": { ...program, define: { ONLY: '"queue list"' } },
  // As ES modules, its packages leave out what is not used of them: metrics and logs.
  [TRACES]: { entryPoints: [`src/monitoring/${TRACES}.ts`], mainFields: ["module", "main"] },
})) {
  const { metafile, outputFiles } = await build({
    ...options,
    ...settings,
    define: { ...options.define, ...define },
    metafile: true,
    write: false,
  });
  const [{ text }] = outputFiles;
  const code = await withoutBlanks(text);
  await writeFile(`dist/bin/${name}.js`, name === TRACES ? code : importingHere(code));
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const file of Object.keys(inputs ?? {})) bundled.add(file);
  }
}
const start = "dist/bin/family-hub-jobs.js";
await build({ ...options, entryPoints: ["bin/start.ts"], outfile: start, banner: {} });
await chmod(start, 0o755);
await writeFile("dist/THIRD-PARTY-LICENSES.txt", await licences(bundled));
await writeFile("dist/package.json", '{ "type": "commonjs" }\n');

/**
 * V8 compiles a function when it is first called, so each program runs once: as far as it gets without a
 * database, which is through nearly all that a tick with nothing to do compiles.
 */
const keepCode = { entryPoints: ["bin/keep-code.ts"], outfile: "dist/bin/keep-code.js" };
await build({ ...options, ...keepCode, banner: {} });
for (const [name, ...args] of [
  ["scheduled-commands", "retry-accounts", "-q"],
  ["queue-list", "queue", "list"],
  ["all-commands", "queue", "stats"],
]) {
  execFileSync(process.execPath, ["keep-code.js", name, ...args], {
    // Not in the checkout: it may have a .env, with monitoring that would hear of these runs.
    cwd: "dist/bin",
    env: NO_DATABASE,
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 60_000,
  });
}
await rm(keepCode.outfile);

const manPage = "dist/man/man-page.js";
await build({ ...options, entryPoints: ["bin/man-page.ts"], outfile: manPage });
await import(`./${manPage}`);
await rm(manPage);
