// `completion`: prints the script for a shell.
import type { Shell } from "./shells.ts";
import { BASH } from "./bash.ts";
import { FISH } from "./fish.ts";
import { ZSH } from "./zsh.ts";
import { EXIT, type ExitCode } from "../../exit-codes.ts";
import type { Runtime } from "../../runtime.ts";

const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH };

export async function run(shell: Shell, { stdout }: Runtime): Promise<ExitCode> {
  stdout.write(SCRIPTS[shell]);
  return EXIT.ok;
}
