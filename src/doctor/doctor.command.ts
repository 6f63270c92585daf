// `doctor`: from flags to lines or JSON, and exit code.
import { fromDotenv } from "../config/from-dotenv.ts";
import { surveySettings } from "../config/settings-survey.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { textStyle, type TextStyle } from "../terminal/cells.ts";
import { doctorJson, formatDiagnosis, type Detail } from "./doctor.text.ts";
import { openContext } from "./runtime.ts";
import type { Runtime } from "../runtime.ts";
import { diagnose, type Diagnosis } from "./doctor.ts";
import { CHECKS } from "./checks.ts";
import { textWidth } from "../terminal/terminal-size.ts";
import type { OutputFlags } from "../terminal/output-flags.ts";

/** Exit code 1 if any check fails. */
export async function run(flags: OutputFlags, runtime: Runtime): Promise<ExitCode> {
  const { env, stdout } = runtime;
  const { context, close } = openContext(surveySettings(env, fromDotenv(env).taken));
  let diagnosis: Diagnosis;
  try {
    diagnosis = await diagnose(context, CHECKS);
  } finally {
    await close();
  }

  const style = textStyle(stdout, env, new Date());
  const text = () =>
    formatDiagnosis(diagnosis, detailOf(flags, style), textWidth(runtime.stdout), style);
  stdout.write(flags.json === true ? doctorJson(diagnosis) : text());
  return diagnosis.outcome === "fail" ? EXIT.fault : EXIT.ok;
}

/** A terminal shows only problems in detail; a log gets everything. */
function detailOf({ quiet, verbose }: OutputFlags, { terminal }: TextStyle): Detail {
  if (quiet === true) return "wrong";
  return terminal && verbose !== true ? "folded" : "all";
}
