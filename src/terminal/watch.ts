// `--watch`: repeats a command's output, redrawn in place on a terminal, appended elsewhere.
import { oneLine } from "../one-line.ts";
import { setTimeout as sleep } from "node:timers/promises";
import { formatDuration } from "../config/units.ts";
import { DatabaseUnavailable, LockedError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { createRedraw } from "./redraw.ts";
import type { Runtime } from "../runtime.ts";
import { orInterrupted, Interrupted } from "./interruption.ts";

export interface Watched<Answer> {
  readonly intervalMs: number;
  /** Reads again each time, in a transaction of its own: nothing is held while waiting. */
  read(): Promise<Answer>;
  /** The output for the terminal's present width. */
  text(answer: Answer): string;
  /** Notes for people. */
  notes(answer: Answer): readonly string[];
  /** The database's time of the answer. */
  at(answer: Answer): Date;
  /** Only a screen is redrawn; objects are one line each, other text is separated by a blank line. */
  readonly form: "screen" | "text" | "objects";
}

export interface WatchFlags {
  /** Milliseconds between two answers. */
  readonly watch?: number;
}

/**
 * Ctrl-C is the normal end of a watch, so the exit code is 0, as in procps's watch; SIGTERM gives 143. Ends
 * quietly when nothing can be printed any more. Postgres may be unavailable in between, but not before the
 * first answer.
 */
export async function watch<Answer>(watched: Watched<Answer>, runtime: Runtime): Promise<ExitCode> {
  const interrupted = runtime.onInterrupt();
  // After `| head` has closed, or with a full disk, nobody would read the next answer.
  const ended = AbortSignal.any([interrupted, runtime.stdout.failed]);
  const show = runtime.stdout.isTTY === true && watched.form === "screen" ? inPlace : appended;
  const view = show(watched, runtime);
  try {
    for (;;) {
      view.update(await nextAnswer(watched, view.any(), ended));
      await sleep(watched.intervalMs, undefined, { signal: ended });
    }
  } catch (error) {
    if (!ended.aborted) throw error;
    return interrupted.aborted && interrupted.reason === "SIGTERM" ? EXIT.sigterm : EXIT.ok;
  } finally {
    view.end();
  }
}

type Next<Answer> = { readonly answer: Answer } | { readonly trouble: string };

interface View<Answer> {
  update(next: Next<Answer>): void;
  /** Whether there was an answer yet. */
  any(): boolean;
  end(): void;
}

/** @throws the same errors as a single read, until the first answer */
async function nextAnswer<Answer>(
  watched: Watched<Answer>,
  tolerant: boolean,
  ended: AbortSignal,
): Promise<Next<Answer>> {
  try {
    return { answer: await orInterrupted(watched.read(), ended) };
  } catch (error) {
    const passing = error instanceof DatabaseUnavailable || error instanceof LockedError;
    if (!tolerant || !passing || error instanceof Interrupted) throw error;
    return { trouble: oneLine(error.message) };
  }
}

function appended<Answer>(watched: Watched<Answer>, { stdout, stderr }: Runtime): View<Answer> {
  let any = false;
  return {
    update: (next) => {
      if ("trouble" in next) stderr.write(`family-hub-jobs: ${next.trouble}\n`);
      else {
        const apart = any && watched.form !== "objects" ? "\n" : "";
        stdout.write(apart + watched.text(next.answer));
        any = true;
      }
    },
    any: () => any,
    end: () => undefined,
  };
}

function inPlace<Answer>(watched: Watched<Answer>, { stdout }: Runtime): View<Answer> {
  const redraw = createRedraw(stdout);
  let last: Answer | null = null;
  let trouble: string | null = null;
  const draw = () => {
    if (last === null) return;
    const at = watched
      .at(last)
      .toISOString()
      .replace(/\.\d+Z$/, "Z");
    const notes = trouble === null ? watched.notes(last) : [trouble];
    const heading = [`every ${formatDuration(watched.intervalMs)}`, at, ...notes].join("  ");
    redraw.show(heading, watched.text(last), stdout);
  };
  stdout.on?.("resize", draw);
  return {
    update: (next) => {
      trouble = "trouble" in next ? next.trouble : null;
      if ("answer" in next) last = next.answer;
      draw();
    },
    any: () => last !== null,
    end: () => {
      stdout.off?.("resize", draw);
      redraw.end();
    },
  };
}
