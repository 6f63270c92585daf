// Builds dist: one file for what every command needs, one more for each command, and the man page.
//
// A tick with nothing to do is mostly the loading of modules. From some hundred files that takes
// half as long again as from a few, so the small libraries are put in with our own code. What only
// working runs and migrations need stays in node_modules and is loaded when it is.
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";

const LOADED_LATE = [
  "@bufbuild/protobuf", "@grpc/grpc-js", "@zitadel/node", "bcryptjs", "jose", "knex", "prom-client",
]; // prettier-ignore

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

const options = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  external: [...LOADED_LATE, "pg-native"],
  // pg makes a Response to find out whether it runs at Cloudflare; on Node 20 that loads a whole HTTP
  // client, a sixth of an idle tick.
  define: { Response: "undefined", BUILD_COMMIT: JSON.stringify(commit()) },
  // Libraries in CommonJS ask for node's own modules by `require`, which no ES module has.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  logLevel: "warning",
};

await rm("dist", { recursive: true, force: true });
await build({
  ...options,
  entryPoints: ["bin/family-hub-jobs.ts"],
  outdir: "dist/bin",
  chunkNames: "../chunks/[name]-[hash]",
  splitting: true,
  sourcemap: "linked",
  sourcesContent: false,
});
await chmod("dist/bin/family-hub-jobs.js", 0o755);

const manPage = "dist/man/man-page.js";
await build({ ...options, entryPoints: ["bin/man-page.ts"], outfile: manPage });
await import(`./${manPage}`);
await rm(manPage);
