// `queue add`: enqueues one job, encrypting its password as the API must.
import { json } from "../report/json.ts";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { parseKeyRing } from "../passwords/key-ring.ts";
import { config, underLock, type Runtime } from "../runtime.ts";
import { Secret } from "../secret.ts";
import { addToQueue, checkNewAccount } from "../use-cases/queue-add.ts";
import { readPassword } from "./read-stdin.ts";
import { readAction, type ActionFlags } from "./operator-action.ts";
import type { OutputFlags } from "./run-flags.ts";

export interface AddFlags extends OutputFlags, ActionFlags {
  readonly username: string;
  readonly name: string;
  readonly family: string;
  readonly createdBy: string;
  readonly role: string;
  readonly passwordStdin?: boolean;
  readonly generate?: boolean;
  readonly hash?: boolean;
  readonly wait: number;
}

/** A generated password is printed here, once, and can never be read again. */
export async function run(flags: AddFlags, runtime: Runtime): Promise<ExitCode> {
  const account = checkNewAccount({ ...flags, fullName: flags.name, familyId: flags.family });
  checkSource(flags, runtime);
  const { database, passwords } = config(runtime, "database", "passwords");
  const ring = parseKeyRing(passwords.ring, passwords.source);
  const password = await obtain(flags, runtime);
  const content =
    flags.hash === true
      ? ({ kind: "hash", value: await hashed(password) } as const)
      : ({ kind: "password", value: password } as const);

  const action = readAction(flags);
  const id = await underLock(database, "queue add", flags.wait, (lock) =>
    addToQueue(account, content, ring, action, lock),
  );
  const shown = flags.generate === true ? { password: password.reveal() } : {};
  runtime.stdout.write(
    flags.json === true
      ? `${json({ id, username: account.username, ...shown })}\n`
      : [id, ...Object.values(shown)].map((line) => `${line}\n`).join(""),
  );
  return EXIT.ok;
}

/** On a terminal it is asked for; elsewhere nothing ever is. */
function checkSource({ generate, passwordStdin }: AddFlags, { stdin }: Runtime): void {
  const both = generate === true && passwordStdin === true;
  const asked = generate !== true && passwordStdin !== true && stdin.isTTY;
  if (!both && (asked || generate === true || passwordStdin === true)) return;
  throw new UsageError("Say where the password comes from: --password-stdin or --generate.");
}

async function obtain(flags: AddFlags, runtime: Runtime): Promise<Secret> {
  if (flags.generate === true) {
    const { generatePassword } = await import("../passwords/generate.ts");
    return generatePassword();
  }
  // Typed on a terminal it would be shown there.
  if (!runtime.stdin.isTTY) return new Secret(await readPassword(runtime.stdin));
  const { askPassword } = await import("./ask-password.ts");
  return new Secret(await askPassword(runtime));
}

async function hashed(password: Secret): Promise<Secret> {
  const { hashPassword } = await import("../passwords/hash.ts");
  return hashPassword(password);
}
