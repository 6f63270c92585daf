// Runs a program under the newer Node to its end, and returns what it used.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { peerNode } from "../stage/peer-node.ts";

const USAGE = fileURLToPath(new URL("./usage.cjs", import.meta.url));

export interface Measured {
  /** From the start of the process to its end, as seen by a caller that waits. */
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly peakMb: number;
  readonly stdout: string;
}

type Env = Readonly<Record<string, string>>;

/** @throws with what it complained of when it did not succeed */
export async function measureProcess(
  script: string,
  args: readonly string[],
  env: Env,
  onSpawn: (child: ChildProcess) => void = () => undefined,
): Promise<Measured> {
  const startMs = performance.now();
  const child = spawn(peerNode(), ["--require", USAGE, script, ...args], {
    env: { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", LANG: "C.UTF-8", ...env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  onSpawn(child);
  const read = collect(child, 1);
  const complaint = collect(child, 2);
  const usage = collect(child, 3);
  const closed = once(child, "close");
  const [code] = (await once(child, "exit")) as [number | null];
  const wallMs = performance.now() - startMs;
  await closed;
  if (code !== 0) {
    throw new Error(`${script} ${args.join(" ")} ended with ${code}: ${complaint()} ${read()}`);
  }
  const used = JSON.parse(usage()) as Pick<Measured, "cpuMs" | "peakMb">;
  return { wallMs, ...used, stdout: read() };
}

function collect(child: ChildProcess, stream: 1 | 2 | 3): () => string {
  let text = "";
  child.stdio[stream]?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}
