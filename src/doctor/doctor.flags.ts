// The command that looks at the installation: name and flags.
import type { Command } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "../command-line/act.ts";
import { withExamples } from "../command-line/examples.ts";
import { withOutputFlags } from "../command-line/flag-groups.ts";

export function addDoctor(program: Command, runtime: Runtime, act: Act): void {
  const doctor = program
    .command("doctor")
    .description("check everything a run needs, and say what to do about each fault")
    .summary("check everything a run needs, and how to mend it")
    .addHelpText("after", DOCTOR_HELP);
  withOutputFlags(doctor).action((flags) =>
    act(async () => (await import("./doctor.command.ts")).run(flags, runtime)),
  );
  withExamples(doctor.helpGroup("Looking:"), [
    ["family-hub-jobs doctor", "look at everything, change nothing"],
    ["family-hub-jobs doctor -q", "only warnings and faults, each with what mends it"],
    [
      `family-hub-jobs doctor --json | jq -r '.checks[] | select(.mend) | .mend'`,
      "what there is to do",
    ],
  ]);
}

const DOCTOR_HELP = `
It changes nothing and creates no account. Postgres has 5 s to
connect and 10 s to answer, Zitadel 10 s a step, both at once.
Exit codes: 0 well or warnings only, 64 usage,
1 a fault, also of the configuration.`;
