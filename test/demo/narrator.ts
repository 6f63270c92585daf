// Everything the demo says: headings, explanations, commands with what they print, verdicts.
import { Chalk } from "chalk";

export interface Narrator {
  /** A new chapter. */
  heading(text: string): void;
  /** An explanation; lines stay as they are broken. */
  say(text: string): void;
  /** A command, as it would be typed. */
  command(line: string): void;
  /** What a command printed, as it is; null when it went to the terminal by itself. */
  output(text: string | null): void;
  verdict(title: string, fault: string | null): void;
  stopped(error: unknown): void;
  /** Nothing is printed after this, whatever still runs. */
  end(interrupted: boolean): void;
}

interface Screen {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export function createNarrator(screen: Screen): Narrator {
  const colors = screen.isTTY === true && (process.env["NO_COLOR"] ?? "") === "";
  const chalk = new Chalk(colors ? {} : { level: 0 });
  let silent = false;
  let afterOutput = false;
  const print = (text: string) => {
    if (!silent) screen.write(`${text}\n`);
  };
  /** With a blank line between what a command printed and what comes next. */
  const begin = (text: string) => {
    print(afterOutput ? `\n${text}` : text);
    afterOutput = false;
  };

  return {
    heading: (text) => {
      print(`\n${chalk.bold(`== ${text} ==`)}`);
      afterOutput = false;
    },
    say: (text) => begin(chalk.cyan(text.replaceAll(/^/gm, "# ").replaceAll(/ $/gm, ""))),
    command: (text) => begin(chalk.bold(`$ ${text}`)),
    output: (text) => {
      if (text !== null) print(text === "" ? chalk.dim("(prints nothing)") : text.trimEnd());
      afterOutput = true;
    },
    verdict: (title, fault) => {
      const failed = `${chalk.red("FAILED")}  ${title}: ${fault}`;
      print(fault === null ? `${chalk.green("ok")}      ${title}` : failed);
      afterOutput = true;
    },
    stopped: (error) => {
      const why = error instanceof Error ? error.message : String(error);
      print(`\n${chalk.red("The demo stopped")}: ${why}`);
    },
    end: (interrupted) => {
      if (interrupted) print("\nEnding: stopping the servers, removing the temporary files.");
      silent = true;
    },
  };
}
