// The key ring as a file: its access rights, and reading an old ring to add a key.
import { readFile, stat } from "node:fs/promises";
import type { JWK } from "jose";
import { UsageError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { parseKeyRing } from "./key-ring.ts";

const ROOT = 0;

export interface FileRights {
  /** Octal, such as 0600; of the file itself if the path is a symlink, as in Kubernetes. */
  readonly mode: string;
  readonly othersMayRead: boolean;
}

/** @returns null if the file does not exist any more */
export async function ringFileRights(path: string): Promise<FileRights | null> {
  try {
    const { mode, uid } = await stat(path);
    const rights = (mode & 0o7777).toString(8).padStart(4, "0");
    // The same rule as libpq's for its keys: users other than root may read a file of root's by its group,
    // such as a secret in Kubernetes.
    const asGroup = uid === ROOT && process.getuid?.() !== ROOT;
    const othersMask = asGroup ? 0o037 : 0o077;
    return { mode: rights, othersMayRead: (mode & othersMask) !== 0 };
  } catch {
    return null;
  }
}

/**
 * @returns the set with `key` first and its old keys behind it, unchanged and in order
 * @throws UsageError for an unreadable file, ConfigError for an invalid ring
 */
export async function ringWithNewFirstKey(key: JWK, path: string): Promise<{ keys: JWK[] }> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(`--from is ${path}: it cannot be read (${code}); name the ring's file.`);
  }
  parseKeyRing(new Secret(text), path);
  const set = JSON.parse(text) as { keys: JWK[] };
  return { ...set, keys: [key, ...set.keys] };
}
