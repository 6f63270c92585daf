// A server of one of Debian's packages, on a loopback port and in a folder of its own.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../support/postgres.ts";

export interface Started {
  /** Such as http://127.0.0.1:4711. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * @param args in addition to its address; given an empty folder, which is removed at the end
 * @param readyPath answers 200 as soon as the server is of use
 * @throws saying what to install when there is no such program
 */
export async function start(
  program: string,
  debianPackage: string,
  readyPath: string,
  args: (folder: string) => Promise<readonly string[]>,
): Promise<Started> {
  const folder = await mkdtemp(join(tmpdir(), `family-hub-${program}-`));
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(program, [`--web.listen-address=${address}`, ...(await args(folder))], {
    ...{ stdio: "ignore", cwd: folder },
  });
  const failed = once(child, "error").then(([cause]) => {
    throw new Error(`${program} does not start: apt-get install ${debianPackage}`, { cause });
  });
  failed.catch(() => undefined);
  const url = `http://${address}`;
  const ready = async () => (await fetch(url + readyPath).catch(() => null))?.ok === true;
  await Promise.race([failed, eventually(`${program} answers`, ready)]);
  return {
    url,
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Asks again and again until the answer is yes. @throws after a minute */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const giveUpMs = performance.now() + 60_000;
  while (!(await condition())) {
    if (performance.now() > giveUpMs) throw new Error(`never: ${what}`);
    await sleep(50);
  }
}
