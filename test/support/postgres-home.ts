// The folder of a test's Postgres: in memory if the machine has enough of it, and left by nobody.
import { mkdtemp, readdir, rm, statfs } from "node:fs/promises";
import { freemem, tmpdir } from "node:os";
import { join } from "node:path";

/** Linux has a file system in memory here; a container's is often no larger than 64 MB. */
const MEMORY = "/dev/shm";

/** Twice what all test files together have in it at once. */
const ENOUGH_BYTES = 4 * 2 ** 30;

/** A database is 300 files: on a disk, making and dropping it takes four times as much CPU. */
export async function memoryFolder(): Promise<string> {
  const free = await statfs(MEMORY).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => 0,
  );
  return Math.min(free, freemem()) < ENOUGH_BYTES ? tmpdir() : MEMORY;
}

const PREFIX = "family-hub-postgres-";

/** A new folder in `place`, named for this process, in place of what killed ones left there. */
export async function makeHome(place: string): Promise<string> {
  for (const name of await readdir(place)) {
    const [, pid] = new RegExp(`^${PREFIX}(\\d+)-`).exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    // Another user's cannot be removed.
    await rm(join(place, name), { recursive: true, force: true }).catch(() => undefined);
  }
  return mkdtemp(join(place, `${PREFIX}${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ESRCH";
  }
}
