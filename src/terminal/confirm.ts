// Asks for confirmation before a change that cannot be undone. Without a terminal, `--yes` is required.
import { UsageError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";

/** @throws UsageError unless `--yes` was given or someone sits at a terminal */
export function checkAnswerable(action: string, yes: boolean | undefined, runtime: Runtime): void {
  if (yes === true || canAsk(runtime)) return;
  throw new UsageError(
    `${action}, and there is no terminal to ask for confirmation: check with --dry-run, then add --yes.`,
  );
}

export function canAsk({ stdin, stderr }: Runtime): boolean {
  return stdin.isTTY && stderr.isTTY === true;
}

/** Anything but `y` or `yes` means no, also the end of input. */
export async function confirm(question: string, { stdin, stderr }: Runtime): Promise<boolean> {
  stderr.write(`${question} [y/N] `);
  // A terminal delivers one line at a time.
  for await (const line of stdin as AsyncIterable<Buffer>) {
    return /^y(es)?$/i.test(line.toString().trim());
  }
  stderr.write("\n");
  return false;
}
