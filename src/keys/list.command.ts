// `keys list`: from the ring's keys and the jobs that use them to a table or data, and an exit code.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { parseKeyRing } from "../passwords/key-ring.ts";
import { ringFileRights, type FileRights } from "../passwords/ring-file.ts";
import { textStyle } from "../terminal/cells.ts";
import { formatKeys } from "./list.text.ts";
import type { ListFormat } from "../terminal/list-formats.ts";
import { namedKeys } from "../passwords/missing-keys.text.ts";
import { config, type Runtime } from "../runtime.ts";
import { underLock } from "../lock/under-lock.ts";
import { listKeys, type KeyUse } from "./list.ts";
import { print } from "../terminal/reading.ts";
import type { OutputFlags } from "../terminal/output-flags.ts";
import { say } from "../terminal/say.ts";

export interface KeysListFlags extends OutputFlags {
  readonly output?: ListFormat;
}

/** The longest time for which a migration delays readers. */
const MIGRATION_WAIT_MS = 30_000;

/** Exit code 78 if a waiting job needs a key that the ring lacks. */
export async function run(flags: KeysListFlags, runtime: Runtime): Promise<ExitCode> {
  const { database, passwords } = config(runtime, "database", "passwords");
  const ring = parseKeyRing(passwords.ring, passwords.source);
  const { file } = passwords;
  const rights = file === null ? null : await ringFileRights(file);
  const list = await underLock(database, "read", MIGRATION_WAIT_MS, (lock) => listKeys(ring, lock));

  const format = flags.json === true ? "json" : (flags.output ?? "table");
  const listed = { ...list, file, mode: rights?.mode ?? null };
  const style = textStyle(runtime.stdout, runtime.env, new Date());
  print(runtime, flags, await formatKeys(listed, format, style));
  const missing = list.keys.filter((key) => !key.inRing);
  for (const warning of [...openTo(file, rights), ...lacking(missing, passwords.source)]) {
    say(runtime.stderr, `family-hub-jobs: ${warning}\n`);
  }
  return missing.some(({ waiting }) => waiting > 0) ? EXIT.config : EXIT.ok;
}

function openTo(file: string | null, rights: FileRights | null): string[] {
  if (rights?.othersMayRead !== true) return [];
  return [
    `${file} has mode ${rights.mode}: users other than its owner can read the keys. ` +
      "`chmod 600` it; in Kubernetes set the secret volume's defaultMode to 0440, with an fsGroup.",
  ];
}

function lacking(missing: readonly KeyUse[], source: string): string[] {
  if (missing.length === 0) return [];
  const kids = namedKeys(missing.map(({ kid }) => kid));
  return [`jobs need password keys that ${source} lacks: ${kids}. Restore them to the ring.`];
}
