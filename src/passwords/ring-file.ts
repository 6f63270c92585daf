// The key ring as a file: its access rights, and reading an old ring to add a key.
import { readFile, stat } from "node:fs/promises";
import type { JWK } from "jose";
import { UsageError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { parseKeyRing } from "./key-ring.ts";

const ROOT = 0;

export interface FileRights {
  /** Octal, such as 0600; of the file itself where the path is a symlink, as in Kubernetes. */
  readonly mode: string;
  readonly othersMayRead: boolean;
}

/** @returns null when the file has gone meanwhile */
export async function ringFileRights(path: string): Promise<FileRights | null> {
  try {
    const { mode, uid } = await stat(path);
    const rights = (mode & 0o7777).toString(8).padStart(4, "0");
    // As libpq has it for its keys: who is not root reads a file of root's as one of its group, such
    // as a secret in Kubernetes.
    const asGroup = uid === ROOT && process.getuid?.() !== ROOT;
    const strangers = asGroup ? 0o037 : 0o077;
    return { mode: rights, othersMayRead: (mode & strangers) !== 0 };
  } catch {
    return null;
  }
}

/**
 * @returns the set with `key` first and all it had behind it, untouched and in order
 * @throws UsageError for a file that cannot be read, ConfigError for one that is no ring
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
