// The layers of the house as a lint rule: what may import what, by folder and by a file's ending.
import { posix } from "node:path";

/** From the top down: a folder imports those of the rows below. Those of one row do not know each other. */
const LAYERS = [
  ["cli"],
  ["doctor", "queue"],
  ["queue/*", "retry", "purge", "keys", "schema"],
  ["queue/accounts", "queue/selection"],
  ["monitoring"],
  ["runs"],
  ["lock"],
  ["queue-table"],
  ["command-line"],
  ["postgres", "zitadel", "passwords", "terminal"],
  ["config"],
  ["domain"],
];

/** Which files know a library. */
const LIBRARIES = {
  "cli-table3": /^terminal\//,
  "string-width": /^terminal\//,
  commander: /^(cli|command-line)\/|\.flags\.ts$/,
  chalk: /^terminal\/|\.text\.ts$/,
  pg: /^(postgres|lock)\/|\.sql\.ts$/,
  knex: /^schema\//,
  jose: /^(passwords|zitadel)\//,
  "@zitadel/node": /^zitadel\//,
  "@grpc/grpc-js": /^zitadel\//,
  "@bufbuild/protobuf": /^zitadel\//,
  "prom-client": /^monitoring\//,
  "@opentelemetry/api": /^monitoring\//,
  "@opentelemetry/otlp-transformer": /^monitoring\//,
  "@opentelemetry/resources": /^monitoring\//,
  "@opentelemetry/sdk-trace-base": /^monitoring\//,
  dotenv: /^config\//,
};

/** What a file of this ending does not import, and why. Without a second ending it is the work itself. */
const ENDINGS = [
  [/\.sql\.ts$/, /\.(command|flags|text)\.ts$|^runtime\.ts$/, "statements know rows"],
  [/\.text\.ts$/, /\.(command|flags)\.ts$/, "a text is given what it shows"],
  [/\.flags\.ts$/, /\.(command|sql|text)\.ts$/, "help loads no command, its action does"],
  [/^(?!cli\/)[^.]+\.ts$/, /\.(command|flags)\.ts$/, "the work knows no flags"],
  [/^(?!cli\/|terminal\/|monitoring\/)[^.]+\.ts$/, /^runtime\.ts$/, "the work is given values"],
];

const STATEMENT = /^\s*(with|select|insert into|update|delete from)\s/i;
const STATEMENT_FILES = /^(postgres|lock)\/|\.sql\.ts$/;

/** @returns why a file below `src` may not import the other, or null */
function whyNot(from, to) {
  // `runtime.ts` only names the types of what it hands over; what lies outside has no layer.
  if (from === "runtime.ts" || to.startsWith("../")) return null;
  const [upper, lower] = [from, to].map(folderOf);
  if (layerOf(upper) > layerOf(lower)) return "it lies above";
  if (layerOf(upper) === layerOf(lower) && upper !== lower) return "they lie side by side";
  return ENDINGS.find(([file, target]) => file.test(from) && target.test(to))?.[2] ?? null;
}

/** Each verb of `queue` has one of its own. */
function folderOf(file) {
  const folders = file.split("/").slice(0, -1);
  return folders.slice(0, folders[0] === "queue" ? 2 : 1).join("/");
}

/** Files that are in no folder lie below all of them. */
function layerOf(folder) {
  if (folder === "") return LAYERS.length;
  const own = LAYERS.findIndex((row) => row.includes(folder));
  return own >= 0 ? own : LAYERS.findIndex((row) => row.includes(posix.join(folder, "../*")));
}

export default {
  meta: { name: "house" },
  rules: {
    layers: {
      create(context) {
        const [, from] = /\/src\/(.*)$/.exec(context.filename) ?? [];
        if (from === undefined) return {};
        return {
          ImportDeclaration(node) {
            const name = node.source.value;
            const to = name.startsWith(".") ? posix.join(posix.dirname(from), name) : null;
            const foreign = LIBRARIES[name]?.test(from) === false;
            const why = to === null ? foreign && "another layer knows it" : whyNot(from, to);
            if (why)
              context.report({ node, message: `src/${from} may not import ${name}: ${why}.` });
          },
          TemplateLiteral(node) {
            if (STATEMENT.test(node.quasis[0].value.raw) && !STATEMENT_FILES.test(from)) {
              context.report({ node, message: `src/${from} may not hold SQL: *.sql.ts does.` });
            }
          },
        };
      },
    },
  },
};
