// Many seeded rounds of processes, kills, faults and lost databases; then the books must balance.
//
// `npm run test:chaos -- --rounds 500 --seed 1` prints rounds, kills, faults and violations.
import { parseArgs } from "node:util";
import { createRandom } from "./random.ts";
import { runRound } from "./round.ts";
import { openStage } from "./stage.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    verbose: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const seed = Number(values.seed);
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  process.stderr.write("--rounds must be a whole number from 1 on, --seed a whole number\n");
  process.exit(64);
}

const startMs = performance.now();
const stage = await openStage();
const totals = { rounds: 0, processes: 0, kills: 0, faults: 0, jobs: 0, violations: 0 };
let stopping = false;
process.once("SIGINT", () => (stopping = true));
try {
  for (let round = 1; round <= rounds && !stopping; round += 1) {
    // Each round has a seed of its own, so that one can be repeated alone: --rounds 1 --seed N.
    const roundSeed = seed + round - 1;
    const result = await runRound(stage, createRandom(roundSeed));
    totals.rounds += 1;
    totals.processes += result.processes;
    totals.kills += result.kills;
    totals.faults += result.faults;
    totals.jobs += result.jobs;
    totals.violations += result.violations.length;
    for (const violation of result.violations) print(`seed ${roundSeed}: VIOLATION: ${violation}`);
    if (values.verbose || round % 25 === 0) print(`round ${round}: ${JSON.stringify(totals)}`);
  }
} finally {
  await stage.close();
}
const seconds = Math.round((performance.now() - startMs) / 1000);
print(
  `${totals.rounds} rounds, ${totals.jobs} jobs, ${totals.processes} processes, ${totals.kills} kills, ` +
    `${totals.faults} faults, ${totals.violations} violations in ${seconds} s`,
);
process.exitCode = totals.violations === 0 && totals.rounds === rounds ? 0 : 1;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
