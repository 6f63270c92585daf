// `keys generate`: a new key ring, or an old one with a new first key, to a file that only its owner can
// read, or to stdout.
import { rm, writeFile } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { generateKey, type KeyType } from "../passwords/generate.ts";
import { ringWithNewFirstKey } from "../passwords/ring-file.ts";
import type { Runtime } from "../runtime.ts";
import type { OutputFlags } from "../terminal/output-flags.ts";
import { say } from "../terminal/say.ts";

export interface GenerateFlags extends OutputFlags {
  readonly type: KeyType;
  readonly out?: string;
  readonly from?: string;
}

export async function run(flags: GenerateFlags, runtime: Runtime): Promise<ExitCode> {
  const key = await generateKey(flags.type);
  const set =
    flags.from === undefined ? { keys: [key] } : await ringWithNewFirstKey(key, flags.from);
  const ring = `${JSON.stringify(set, null, 2)}\n`;
  if (flags.out === undefined) {
    runtime.stdout.write(ring);
    return EXIT.ok;
  }
  await writeNew(flags.out, ring);
  const made = { kid: key.kid ?? "", file: flags.out };
  const before = flags.from === undefined ? "" : `, before the keys of ${flags.from}`;
  say(
    runtime.stdout,
    flags.json === true
      ? `${JSON.stringify(made)}\n`
      : `wrote key "${made.kid}" to ${made.file}${before}\n`,
  );
  if (flags.json !== true && flags.quiet !== true) {
    say(
      runtime.stderr,
      `To undo: delete ${made.file}, unless a password was encrypted with its first key\n`,
    );
  }
  return EXIT.ok;
}

async function writeNew(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // On a full disk the file exists by now with half a key: no later command may use it.
    if (code !== "EEXIST") await rm(path, { force: true }).catch(() => undefined);
    const why =
      code === "EEXIST"
        ? "it exists, and jobs may need its keys"
        : `it cannot be written (${code})`;
    throw new UsageError(`--out is ${path}: ${why}; name a new file.`);
  }
}
