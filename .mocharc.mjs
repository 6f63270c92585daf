// How mocha runs the tests: as many files at once as there are cores, on one Postgres.
import { availableParallelism } from "node:os";

export default {
  "node-option": ["import=tsx"],
  require: ["test/support/root-hooks.ts"],
  ignore: ["test/bench/node_modules/**"],
  parallel: true,
  // Mocha's own default leaves a core idle.
  jobs: availableParallelism(),
  timeout: 20_000,
  slow: 2_000,
  "forbid-only": true,
};
