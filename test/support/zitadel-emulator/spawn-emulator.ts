// Starts an emulated Zitadel as a process of its own, which dies with this one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { connectControl } from "./control.ts";
import type { StartLine } from "./main.ts";
import type { ZitadelControl } from "./zitadel-control.ts";

export interface SpawnedEmulator extends StartLine {
  readonly control: ZitadelControl;
  stop(): Promise<void>;
}

/** `args` as main.ts takes them. Rejects when the program ends before it listens. */
export async function spawnZitadelEmulator(
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = process.env,
): Promise<SpawnedEmulator> {
  const program = fileURLToPath(new URL("./main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", program, "--die-with-stdin", ...args], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), "line").then(([first]) => String(first)),
    exited.then(() => Promise.reject(new Error("the Zitadel emulator ended at its start"))),
  ]);
  const start: StartLine = JSON.parse(line);
  return {
    ...start,
    control: connectControl(start.adminUrl),
    async stop() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
