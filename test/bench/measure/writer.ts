// Somebody who writes to the same table all the while, at an even pace, as the API does.
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchDatabase } from "../stage/database.ts";

const EVERY_MS = 10;

export interface Writer {
  /** How long each write took so far, in milliseconds. */
  readonly latencies: readonly number[];
  stop(): Promise<void>;
}

/** @param sql one write; $1 counts them */
export async function startWriter(db: BenchDatabase, sql: string): Promise<Writer> {
  const client = await db.connect();
  const latencies: number[] = [];
  let writing = true;
  const write = (async () => {
    for (let n = 1; writing; n += 1) {
      const startMs = performance.now();
      await client.query({ name: "write", text: sql, values: [n] });
      const tookMs = performance.now() - startMs;
      latencies.push(tookMs);
      await sleep(Math.max(0, EVERY_MS - tookMs));
    }
    await client.end();
  })();
  return {
    latencies,
    stop: async () => {
      writing = false;
      await write;
    },
  };
}
