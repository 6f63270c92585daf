// Builds dist: one file for what every command needs, and one more for each command.
//
// A tick with nothing to do is mostly the loading of modules. From some hundred files that takes
// half as long again as from a few, so the small libraries are put in with our own code. What only
// working runs and migrations need stays in node_modules and is loaded when it is.
import { build } from "esbuild";
import { chmod, rm } from "node:fs/promises";

const LOADED_LATE = [
  "@bufbuild/protobuf", "@grpc/grpc-js", "@zitadel/node", "bcryptjs", "jose", "knex",
]; // prettier-ignore

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: ["bin/family-hub-jobs.ts"],
  outdir: "dist/bin",
  chunkNames: "../chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20.19",
  external: [...LOADED_LATE, "pg-native"],
  // pg makes a Response to find out whether it runs at Cloudflare; on Node 20 that loads a whole HTTP
  // client, a sixth of an idle tick.
  define: { Response: "undefined" },
  // Libraries in CommonJS ask for node's own modules by `require`, which no ES module has.
  banner: {
    js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
  },
  // Stack traces in bug reports name functions; identifiers stay as they are.
  sourcemap: "linked",
  sourcesContent: false,
  logLevel: "warning",
});
await chmod("dist/bin/family-hub-jobs.js", 0o755);
