// Starts the instant Zitadel as a process of its own, which dies with this one.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { peerNode } from "./peer-node.ts";

export interface InstantZitadel {
  /** The settings by which ours and the peers find it. */
  readonly env: Readonly<Record<string, string>>;
  calls(): Promise<number>;
  stop(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("./instant-zitadel.mjs", import.meta.url));

export async function startInstantZitadel(latencyMs: number): Promise<InstantZitadel> {
  const child = spawn(peerNode(), [PROGRAM, String(latencyMs)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  const { url, callsUrl } = JSON.parse(line) as { url: string; callsUrl: string };
  return {
    env: {
      ZITADEL_URL: url,
      // A token and an organization, so that nobody asks for anything but accounts.
      ZITADEL_TOKEN: "a-personal-access-token",
      ZITADEL_ORG_ID: "320000000000000001",
      ZITADEL_RATE: "0",
    },
    calls: async () => Number(await (await fetch(callsUrl)).text()),
    stop: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
