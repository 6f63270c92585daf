// One process that lives by the moved clock and calls the tool as often as it is asked to: most runs of a week.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { runCli, type CliResult } from "../support/cli.ts";

type Env = Readonly<Record<string, string>>;

interface Call {
  readonly args: readonly string[];
  readonly env: Env;
}

type Answer = CliResult | { readonly error: string };

export interface Caller {
  /** One at a time. */
  call(args: readonly string[], env: Env): Promise<CliResult>;
  stop(): void;
}

/** @param clock under which the process lives */
export function startCaller(clock: Env): Caller {
  const child = fork(fileURLToPath(import.meta.url), {
    env: { ...process.env, ...clock },
    execArgv: ["--import", "tsx"],
  });
  return {
    call: async (args, env) => {
      const gone = new AbortController();
      const answered = once(child, "message", { signal: gone.signal });
      const ended = once(child, "exit", { signal: gone.signal }).then(([code]) => {
        throw new Error(`the process that calls the tool ended with ${code}`);
      });
      child.send({ args, env } satisfies Call);
      const [answer] = (await Promise.race([answered, ended]).finally(() => {
        for (const one of [answered, ended]) one.catch(() => undefined);
        gone.abort();
      })) as [Answer];
      if ("error" in answer) throw new Error(answer.error);
      return answer;
    },
    stop: () => child.disconnect(),
  };
}

if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) {
  process.on("message", ({ args, env }: Call) => {
    void runCli(args, env)
      .catch((error: unknown) => ({ error: String(error) }))
      .then((answer) => process.send?.(answer));
  });
}
