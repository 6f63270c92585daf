// `queue add`: enqueues one job, encrypting its password as the API must.
import { json } from "../../terminal/json.ts";
import { ExpectedError, UsageError } from "../../errors.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import { parseKeyRing } from "../../passwords/key-ring.ts";
import { config, type Runtime } from "../../runtime.ts";
import { underLock } from "../../lock/under-lock.ts";
import { Secret } from "../../secret.ts";
import { addToQueue, checkNewAccount } from "./add.ts";
import { oneLine } from "../../one-line.ts";
import { readDelay } from "../../queue-table/pause.sql.ts";
import { readPassword } from "../../terminal/read-stdin.ts";
import { readAction, type ActionFlags } from "../../command-line/operator-action.ts";
import type { OutputFlags } from "../../terminal/output-flags.ts";
import { say } from "../../terminal/say.ts";

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

/** Prints a generated password once, before the job is added: it cannot be read again. */
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
  const shown = flags.generate === true ? { password: password.reveal() } : {};
  const print = (id: string) =>
    runtime.stdout.write(
      flags.json === true
        ? `${json({ id, username: account.username, ...shown })}\n`
        : [id, ...Object.values(shown)].map((line) => `${line}\n`).join(""),
    );
  let delay: string | null = null;
  const id = await underLock(database, "queue add", flags.wait, async (lock) => {
    delay = await readDelay(lock);
    const added = await addToQueue(account, content, ring, action, lock);
    if (flags.generate !== true) return added;
    // Before the commit: without its password, the account would be useless.
    print(added);
    if ((await runtime.stdout.settled()).lines === 0) return added;
    throw new ExpectedError(EXIT.output, PASSWORD_LOST);
  });
  if (flags.generate !== true) print(id);
  if (flags.json !== true && flags.quiet !== true) {
    if (delay !== null) say(runtime.stderr, `${oneLine(delay)}\n`);
    say(runtime.stderr, `To undo: fhj queue cancel ${id}\n`);
  }
  return EXIT.ok;
}

const PASSWORD_LOST =
  "No job was added: its generated password could not be printed, and nothing else shows it. " +
  "Send stdout to a place that can be written, or pass a password with --password-stdin.";

/** On a terminal the password is asked for; elsewhere a flag is required. */
function checkSource({ generate, passwordStdin }: AddFlags, { stdin }: Runtime): void {
  const both = generate === true && passwordStdin === true;
  const asked = generate !== true && passwordStdin !== true && stdin.isTTY;
  if (!both && (asked || generate === true || passwordStdin === true)) return;
  throw new UsageError("Choose where the password comes from: --password-stdin or --generate.");
}

async function obtain(flags: AddFlags, runtime: Runtime): Promise<Secret> {
  if (flags.generate === true) {
    const { generatePassword } = await import("../../passwords/generate.ts");
    return generatePassword();
  }
  // A password typed on a terminal would be visible there.
  if (!runtime.stdin.isTTY) return new Secret(await readPassword(runtime.stdin));
  const { askPassword } = await import("./ask-password.command.ts");
  return new Secret(await askPassword(runtime));
}

async function hashed(password: Secret): Promise<Secret> {
  const { hashPassword } = await import("../../passwords/hash.ts");
  return hashPassword(password);
}
