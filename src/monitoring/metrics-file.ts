// A metrics file in a directory that node_exporter reads, and that other users may write, too.
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { lstat, open, readdir, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;

const LARGEST = 1 << 20;

/** @returns the file's text; null if it is missing or not a regular file that we could have written */
export async function readMetricsFile(path: string): Promise<string | null> {
  // Another user may have put a pipe there, which would block us.
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
 * Replaces the file as a whole: readers see the old text or the new one, even if the process or the host
 * dies, or several write at once.
 * @throws the file system's error
 */
export async function replaceMetricsFile(path: string, text: string): Promise<void> {
  // node_exporter reads only names that end in .prom, and nobody can guess this one.
  const draft = `${path}.${randomUUID()}`;
  const file = await open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o644);
  try {
    try {
      // node_exporter runs as another user, whatever the umask is.
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
/** No write takes this long. */
const ABANDONED_MS = 3_600_000;

/** Deletes drafts of runs that were killed while writing this file. */
async function sweepDrafts(path: string): Promise<void> {
  const [directory, own] = [dirname(path), `${basename(path)}.`];
  for (const name of await readdir(directory)) {
    if (!name.startsWith(own) || !UUID.test(name.slice(own.length))) continue;
    const draft = join(directory, name);
    const stat = await lstat(draft);
    if (stat.isFile() && Date.now() - stat.mtimeMs > ABANDONED_MS) await unlink(draft);
  }
}
