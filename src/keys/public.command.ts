// `keys public`: the public half of the ring, for FamilyHub's API.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { parseKeyRing } from "../passwords/key-ring.ts";
import { publicRing } from "../passwords/public-ring.ts";
import { config, type Runtime } from "../runtime.ts";
import type { OutputFlags } from "../terminal/output-flags.ts";
import { say } from "../terminal/say.ts";

export interface PublicFlags extends OutputFlags {
  readonly all?: boolean;
}

/** Always a JWK Set: there is no other format for keys. */
export async function run(flags: PublicFlags, runtime: Runtime): Promise<ExitCode> {
  const { passwords } = config(runtime, "passwords");
  const ring = parseKeyRing(passwords.ring, passwords.source);
  const { keys, leftOut } = publicRing(ring, flags.all === true);
  const indent = flags.json === true ? undefined : 2;
  runtime.stdout.write(`${JSON.stringify({ keys }, null, indent)}\n`);
  if (leftOut.length > 0 && flags.quiet !== true) {
    say(
      runtime.stderr,
      `family-hub-jobs: left out, because shared keys (oct) have no public half: ${leftOut.join(", ")}\n`,
    );
  }
  return EXIT.ok;
}
