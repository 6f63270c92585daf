// How mocha runs the tests: on one Postgres as many files at once as keep the cores busy.
import { availableParallelism } from "node:os";

export default {
  "node-option": ["import=tsx"],
  require: ["test/support/root-hooks.ts"],
  ignore: ["test/bench/node_modules/**"],
  parallel: true,
  // Two more, as some wait for a lease, a lock or a peer that never answers.
  jobs: availableParallelism() + 2,
  // No test is about its own speed, and the machine may be busy.
  timeout: 120_000,
  slow: 2_000,
  "forbid-only": true,
};
