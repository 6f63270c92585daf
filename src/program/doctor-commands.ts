// The command that looks at the installation: name and flags.
import type { Command } from "commander";
import type { Runtime } from "../runtime.ts";
import type { Act } from "./act.ts";
import { withOutputFlags } from "./flag-groups.ts";

export function addDoctorCommands(program: Command, runtime: Runtime, act: Act): void {
  const doctor = program
    .command("doctor")
    .description("check everything a run needs, and say what to do about each fault")
    .addHelpText("after", DOCTOR_HELP);
  withOutputFlags(doctor).action((flags) =>
    act(async () => (await import("../commands/doctor.ts")).run(flags, runtime)),
  );
}

const DOCTOR_HELP = `
It changes nothing, and creates no account. Postgres is waited for 5 s to connect and 10 s for an
answer, each step of Zitadel 10 s at the most (ZITADEL_TIMEOUT, if that is less), both at once.
Exit codes: 0 well, or with warnings only; 1 a fault, also of the configuration; 64 usage.`;
