// Checks of the password keys: is the ring valid and private, and does it have every key in use.
import { span } from "../domain/when.ts";
import { parseKeyRing, type KeyRing } from "../passwords/key-ring.ts";
import { ringFileRights } from "../passwords/ring-file.ts";
import {
  fail,
  ok,
  skip,
  warn,
  CONNECTION,
  type Check,
  type Finding,
  type DoctorContext,
} from "./check.ts";
import { plural } from "./advice.ts";
import { isForbidden } from "../postgres/database-error.ts";
import { withinTimeTogether } from "../postgres/within-time.ts";
import { listKeys, type KeyUse } from "../keys/list.ts";

/** Each additional key can leak; old ones should be removed after a rotation. */
const MANY_KEYS = 10;

export const KEY_RING: Check = {
  name: "key ring",
  group: "Passwords",
  settings: ["passwords"],
  look: async (context) => {
    const ring = ringOf(context);
    ring.prepare();
    const { file } = context.setting("passwords");
    const rights = file === null ? null : await ringFileRights(file);
    const found = `${plural(ring.keys.length, "key")}; ${ring.first.kid} encrypts`;
    if (file !== null && rights?.othersMayRead === true) {
      return warn(
        `${file} has mode ${rights.mode}: users other than its owner can read the keys`,
        `\`chmod 600 ${file}\`; in Kubernetes set the secret volume's defaultMode to 0440, with an fsGroup`,
      );
    }
    if (ring.keys.length <= MANY_KEYS) return ok(found);
    return warn(found, "`family-hub-jobs keys list` shows which keys can be removed");
  },
};

function ringOf(context: DoctorContext): KeyRing {
  const { ring, source } = context.setting("passwords");
  return parseKeyRing(ring, source);
}

export const KEYS_IN_USE: Check = {
  name: "keys in use",
  group: "Passwords",
  settings: ["passwords"],
  needs: ["key ring", CONNECTION, "tables"],
  look: async (context) => {
    const { source } = context.setting("passwords");
    const limitMs = context.limits.keysInUse;
    const db = await context.postgres();
    const list = await db
      .undone((tx) =>
        withinTimeTogether(tx, limitMs, (limited) => listKeys(ringOf(context), limited)),
      )
      .catch(forbidden);
    if (list === FORBIDDEN) return skip("the role may not read passwords: see privileges");
    if (list === null) {
      const all = "run `family-hub-jobs keys list`, which has no time limit";
      return skip(
        `not checked: there are so many waiting and failed jobs that it takes more than ${span(limitMs)}; ${all}`,
      );
    }
    const { keys, unreadable } = list;
    const missing = keys.filter(({ inRing }) => !inRing).map((key) => lacking(key, source));
    const garbled =
      unreadable === 0
        ? []
        : [
            warn(
              `${plural(unreadable, "job has", "jobs have")} a password that names no key, so it cannot be decrypted`,
              "`queue add` a new job for each, because a run fails such a job as undecryptable; " +
                "docs/enqueueing.md says how the API must encrypt",
            ),
          ];
    const findings = [...missing, ...garbled];
    if (findings.length > 0) return findings;
    const used = keys.filter(({ waiting, failed }) => waiting + failed > 0).length;
    return ok(used === 0 ? "no job waits" : `${plural(used, "key")}, in the ring`);
  },
};

/** For a read-only role, the check of the privileges reports it. */
function forbidden(error: unknown): typeof FORBIDDEN {
  if (error instanceof Error && isForbidden(error)) return FORBIDDEN;
  throw error;
}

const FORBIDDEN = "forbidden";

function lacking({ kid, waiting, failed }: KeyUse, source: string): Finding {
  const jobs = `${waiting} waiting and ${plural(failed, "failed job")}`;
  const found = `${jobs} need key ${JSON.stringify(kid.slice(0, 40))}, which ${source} lacks`;
  const fix =
    "copy that key to this ring from the ring of another host, or from its backup: docs/runbook.md, " +
    '"A password key is missing"';
  return waiting > 0 ? fail(found, fix) : warn(found, fix);
}
