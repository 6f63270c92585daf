// One clock for programs of this trial, moved by hand: Debian's libfaketime under each of them.
import { mkdtemp, readdir, rename, rm, writeFile, chmod } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface FakedClock {
  /** Settings for a program that is to live by this clock; it sees each move while it runs. */
  readonly env: Readonly<Record<string, string>>;
  /** From then on time goes on as usual. @param atMs Unix time, not before what it shows */
  moveTo(atMs: number): Promise<void>;
  remove(): Promise<void>;
}

export async function startFakedClock(atMs: number): Promise<FakedClock> {
  const library = await findLibrary();
  const folder = await mkdtemp(join(tmpdir(), "family-hub-clock-"));
  // Postgres reads it as a user of its own.
  await chmod(folder, 0o755);
  const file = join(folder, "offset");
  const moveTo = async (toMs: number) => {
    const seconds = (toMs - Date.now()) / 1000;
    await writeFile(`${file}.next`, `${seconds < 0 ? "" : "+"}${seconds.toFixed(3)}\n`);
    // A program that read a half-written file would fall back to the real time.
    await rename(`${file}.next`, file);
  };
  await moveTo(atMs);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      // By default the file is read again after ten seconds only.
      FAKETIME_NO_CACHE: "1",
      // Timers of a program that lives through a move would all fire at once.
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    moveTo,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** @throws saying what to install when there is none */
async function findLibrary(): Promise<string> {
  for (const machine of await readdir("/usr/lib")) {
    const folder = join("/usr/lib", machine, "faketime");
    // The one for programs with threads, as Node is.
    const names = await readdir(folder).catch(() => []);
    const name = names.find((one) => one.startsWith("libfaketimeMT.so"));
    if (name !== undefined) return join(folder, name);
  }
  throw new Error("libfaketime is not installed: apt-get install faketime");
}
