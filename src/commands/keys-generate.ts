// `keys generate`: a new key ring, to a file of its owner's only or to stdout.
import { writeFile } from "node:fs/promises";
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { generateKey, type KeyType } from "../passwords/generate.ts";
import type { Runtime } from "../runtime.ts";
import type { OutputFlags } from "./run-flags.ts";

export interface GenerateFlags extends OutputFlags {
  readonly type: KeyType;
  readonly out?: string;
}

export async function run(flags: GenerateFlags, runtime: Runtime): Promise<ExitCode> {
  const key = await generateKey(flags.type);
  const ring = `${JSON.stringify({ keys: [key] }, null, 2)}\n`;
  if (flags.out === undefined) {
    runtime.stdout.write(ring);
    return EXIT.ok;
  }
  await writeNew(flags.out, ring);
  const made = { kid: key.kid ?? "", file: flags.out };
  runtime.stdout.write(
    flags.json === true ? `${JSON.stringify(made)}\n` : `wrote key "${made.kid}" to ${made.file}\n`,
  );
  return EXIT.ok;
}

async function writeNew(path: string, content: string): Promise<void> {
  try {
    await writeFile(path, content, { mode: 0o600, flag: "wx" });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "EEXIST"
        ? "it exists, and jobs may need its keys"
        : `it cannot be written (${code})`;
    throw new UsageError(`--out is ${path}: ${why}; name a new file.`);
  }
}
