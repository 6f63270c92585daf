// Asks for a password on a terminal, without showing it.
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { ExpectedError, UsageError } from "../../errors.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Runtime } from "../../runtime.ts";

/**
 * Asks twice, because the input is hidden.
 * @throws UsageError if the two differ or are empty
 */
export async function askPassword(runtime: Runtime): Promise<string> {
  const first = await askHidden("Password: ", runtime);
  if (first === "") throw new UsageError("The password is empty: nothing was added.");
  const second = await askHidden("Again: ", runtime);
  if (first !== second) throw new UsageError("The passwords differ: nothing was added.");
  return first;
}

/** readline handles the keys; its output is discarded. */
function askHidden(prompt: string, { stdin, stderr }: Runtime): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const line = createInterface({ input: stdin, output: nowhere, terminal: true, historySize: 0 });
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      line.removeAllListeners("close");
      line.close();
      stderr.write("\n");
      settle();
    };
    const cancel = () => end(() => reject(new ExpectedError(EXIT.sigint, "Nothing was added.")));
    line.once("SIGINT", cancel);
    line.once("close", cancel);
    line.once("line", (text) => end(() => resolve(text)));
    // The prompt comes only after echo is off and keys are read one by one.
    stderr.write(prompt);
  });
}
