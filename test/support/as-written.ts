// Types the commands of a document, and compares their output with what the document shows.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { CHECKOUT, type Step } from "./documents.ts";
import { createIdBook, masked } from "./masked.ts";
import { openShell } from "./typed-in-shell.ts";

/** Called with a command that printed something else. */
export type OnOther = (step: Step, screen: string) => void;

/**
 * A command must succeed, unless the document asks for its exit code next.
 * @returns all that was shown
 * @throws naming the line, with what was shown instead
 */
export async function expectAsWritten(
  steps: readonly Step[],
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  onOther: OnOther = refuse,
): Promise<string> {
  const shell = await openShell(folder, env);
  const ids = createIdBook();
  let all = "";
  try {
    for (const [index, step] of steps.entries()) {
      const { at, command, printed } = step;
      const { screen, code } = await shell.type(ids.translate(command)).catch((error: Error) => {
        throw new Error(`${at}: \`${command}\`: ${error.message}`);
      });
      all += screen;
      const asked = printed !== null && steps[index + 1]?.command === "echo $?";
      if (code !== 0 && !asked) {
        throw new Error(`${at}: \`${command}\` ended with ${code}:\n${screen}`);
      }
      if (printed === null) continue;
      if (masked(screen) === masked(printed)) ids.learn(printed, screen, at);
      else onOther(step, screen);
    }
  } finally {
    await shell.close();
  }
  return all;
}

function refuse({ at, printed }: Step, screen: string): void {
  expect(masked(screen), `${at} printed\n${screen}\nwhich`).to.equal(masked(printed ?? ""));
}

/** What a command printed instead of the text below it. */
export interface Other {
  readonly step: Step;
  readonly screen: string;
}

/** Puts it there. Steps of one document, in their order. */
export async function rewrite(document: string, others: readonly Other[]): Promise<void> {
  const path = join(CHECKOUT, document);
  const lines = (await readFile(path, "utf8")).split("\n");
  for (const { step, screen } of others.toReversed()) {
    const line = Number(step.at.split(":")[1]) - 1 + step.command.split("\n").length;
    lines.splice(line, linesOf(step.printed ?? "").length, ...linesOf(screen));
  }
  await writeFile(path, lines.join("\n"));
}

function linesOf(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}
