// Chapter 2: the queue fills, by hand as on-call would and by the API, and trouble is laid out.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JWK } from "jose";
import {
  BEN,
  choosePassword,
  EMMA,
  HARTMANNS,
  MIA,
  NOAH,
  OTHER_FAMILIES,
  type Child,
} from "./cast.ts";
import { queueAccount, type QueuedJob } from "./family-hub-api.ts";
import type { Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";
import { layOutTrouble } from "./trouble.ts";

export interface Queue {
  /** A state without obstacles. */
  readonly emma: QueuedJob;
  /** The username belongs to somebody else. */
  readonly noah: QueuedJob;
  /** Zitadel fails twice. */
  readonly mia: QueuedJob;
  /** Zitadel's reply is lost. */
  readonly ben: QueuedJob;
  readonly all: readonly QueuedJob[];
  /** The user of Zitadel who has Noah's username. */
  readonly strangerId: string;
}

export async function fillQueue(stage: Stage, narrator: Narrator): Promise<Queue> {
  narrator.heading("Jobs are queued");
  narrator.say("Four children are queued by hand, as an engineer on call would do it.");
  const emma = await addByHand(stage, EMMA, "chosen");
  const noah = await addByHand(stage, NOAH, "chosen");
  const mia = await addByHand(stage, MIA, "generated");
  const ben = await addByHand(stage, BEN, "generated");

  const publicKey = await publicHalf(stage);
  const others: QueuedJob[] = [];
  for (const { family, children } of OTHER_FAMILIES) {
    for (const child of children) {
      others.push(await queueAccount(stage.db, family, child, publicKey));
    }
  }
  narrator.say(
    `FamilyHub's API queues ${others.length} more, of ${OTHER_FAMILIES.length} families: it inserts rows, ` +
      "with each\npassword encrypted with the public half of the key.",
  );
  const strangerId = await layOutTrouble(stage.zitadel, narrator, mia, ben);
  return { emma, noah, mia, ben, all: [emma, noah, mia, ben, ...others], strangerId };
}

async function addByHand(
  { shell, folder }: Stage,
  { username, fullName }: Child,
  source: "chosen" | "generated",
): Promise<QueuedJob> {
  const { id: family, parentId: parent } = HARTMANNS;
  const who = [
    "--username",
    username,
    "--name",
    fullName,
    "--family",
    family,
    "--created-by",
    parent,
  ];
  if (source === "generated") {
    const { stdout } = await shell.run(["queue", "add", ...who, "--generate"]);
    const [id = "", password = ""] = stdout.split("\n");
    return { id, username, password };
  }
  const password = choosePassword();
  const file = `${username}.txt`;
  await writeFile(join(folder, file), `${password}\n`, { mode: 0o600 });
  const { stdout } = await shell.run(["queue", "add", ...who, "--password-stdin"], file);
  return { id: stdout.trim(), username, password };
}

async function publicHalf({ folder, settings }: Stage): Promise<JWK> {
  const ring = await readFile(join(folder, settings.PASSWORD_KEYS_FILE), "utf8");
  const { keys } = JSON.parse(ring) as { keys: JWK[] };
  const { d: _private, ...publicKey } = keys[0] ?? {};
  return publicKey;
}
