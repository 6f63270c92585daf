// A metrics file in a directory that node_exporter reads, and that others may write, too.
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readdir, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

const LARGEST = 1 << 20;

/** @returns what the file says; null when it is not there, or no file that we would have written */
export async function readMetricsFile(path: string): Promise<string | null> {
  // A pipe that somebody put there would hold us up.
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch(() => null);
  if (file === null) return null;
  try {
    const stat = await file.stat();
    return stat.isFile() && stat.size <= LARGEST ? await file.readFile("utf8") : null;
  } catch {
    return null;
  } finally {
    await file.close();
  }
}

/**
 * Replaces the file as a whole: anyone who reads sees the old text or the new one, whenever the process
 * or the host dies, and however many write at once. @throws the file system's error
 */
export async function replaceMetricsFile(path: string, text: string): Promise<void> {
  // node_exporter reads names that end in .prom; nobody can have guessed this one.
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    try {
      // node_exporter is another user, whatever the umask says.
      await file.chmod(0o644);
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    await sweepDrafts(path).catch(() => undefined);
  } catch (error) {
    await unlink(draft).catch(() => undefined);
    throw error;
  }
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
/** Nobody writes at one for so long. */
const ABANDONED_MS = 3_600_000;

/** Of runs that were killed while they wrote this file. */
async function sweepDrafts(path: string): Promise<void> {
  const [directory, own] = [dirname(path), `${basename(path)}.`];
  for (const name of await readdir(directory)) {
    if (!name.startsWith(own) || !UUID.test(name.slice(own.length))) continue;
    const draft = join(directory, name);
    const stat = await lstat(draft);
    if (stat.isFile() && Date.now() - stat.mtimeMs > ABANDONED_MS) await unlink(draft);
  }
}
