// Asks again and again until the answer is yes, and between two questions leaves the cores to others.
import { setTimeout as pause } from "node:timers/promises";
import type { TestDatabase } from "./database.ts";
import type { ZitadelEmulator } from "./zitadel-emulator/index.ts";

const PAUSE_MS = 5;
/** Shortly before mocha's timeout, whose message could not name the condition. */
const TIMEOUT_MS = 100_000;

/** @throws naming the condition when it never comes true */
export async function waitUntil(
  condition: string,
  ask: () => boolean | Promise<boolean>,
): Promise<void> {
  const giveUpMs = performance.now() + TIMEOUT_MS;
  while (!(await ask())) {
    if (performance.now() > giveUpMs) throw new Error(`never true: ${condition}`);
    await pause(PAUSE_MS);
  }
}

/** @param condition SQL */
export async function until(
  db: TestDatabase,
  condition: string,
  values: readonly unknown[] = [],
): Promise<void> {
  await waitUntil(condition, async () => {
    const { yes } = await db.one<{ yes: boolean }>(`select (${condition}) as yes`, values);
    return yes;
  });
}

export async function untilEachCallIsAnswered({ control }: ZitadelEmulator): Promise<void> {
  await waitUntil("Zitadel has answered each call", async () =>
    (await control.calls()).every(({ outcome }) => outcome !== null),
  );
}
