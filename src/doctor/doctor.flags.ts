// `doctor`: its name, flags and examples.
import type { Command } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { withExamples } from "../command-line/examples.ts";
import { withOutputFlags } from "../command-line/flag-groups.ts";

export function addDoctor(program: Command, runtime: Runtime, act: Act): void {
  const doctor = program
    .command("doctor")
    .description("check everything that a run needs, and show a fix for each problem")
    .summary("check everything that a run needs, and how to fix it")
    .addHelpText("after", DOCTOR_HELP);
  withOutputFlags(doctor).action((flags) =>
    act(async () => (await import("./doctor.command.ts")).run(flags, runtime)),
  );
  withExamples(doctor.helpGroup("Inspect:"), [
    ["family-hub-jobs doctor", "check everything; changes nothing"],
    ["family-hub-jobs doctor -v", "show every check, not only one line for each group"],
    ["family-hub-jobs doctor -q", "only warnings and faults, each with its fix"],
    [`family-hub-jobs doctor --json | jq -r '.checks[] | select(.mend) | .mend'`, "only the fixes"],
  ]);
}

const DOCTOR_HELP = `
It changes nothing and creates no account. It waits at most 5 s
to connect to Postgres, and 10 s for each answer from Postgres
or Zitadel.
Exit codes: 0 no faults (warnings are allowed), 1 a fault, in
the configuration or elsewhere, 64 wrong usage.`;
