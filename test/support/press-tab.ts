// TAB in a shell. On a busy machine it may come to nothing in its second: then one presses it again.
import type { CliResult } from "./cli.ts";

/** @param cli runs the tool with these arguments */
export async function pressTab(
  cli: (...args: string[]) => Promise<CliResult>,
  ...words: string[]
): Promise<CliResult> {
  let result = await cli("__complete", "--", ...words);
  for (let presses = 1; presses < 20 && result.code === 0 && result.stdout === ""; presses += 1) {
    result = await cli("__complete", "--", ...words);
  }
  return result;
}
