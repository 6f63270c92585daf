// Chapter 1: FamilyHub's database as its API made it, the tool's settings, its keys and its tables.
import { API_SCHEMAS } from "../support/family-hub-schemas.ts";
import { HARTMANNS, OTHER_FAMILIES } from "./cast.ts";
import { addFamily, inviteByEmail } from "./family-hub-api.ts";
import type { Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";

/** Ids. */
export interface Invitations {
  readonly live: string;
  readonly lapsed: string;
  readonly accepted: string;
  /** Expired 40 days ago. */
  readonly old: string;
}

export async function prepare(stage: Stage, narrator: Narrator): Promise<Invitations> {
  const { db, settings, shell } = stage;
  narrator.heading("Setting up");
  narrator.say(
    "A Postgres with FamilyHub's tables and an emulated Zitadel are up, for this demo only.",
  );
  await db.query(API_SCHEMAS.ef);
  for (const [name, value] of Object.entries(settings)) narrator.command(`export ${name}=${value}`);

  narrator.say("Passwords are encrypted in the queue, so the tool needs a key.");
  await shell.run(["keys", "generate", "--out", settings.PASSWORD_KEYS_FILE]);
  narrator.say("The tool adds columns and tables of its own to FamilyHub's database.");
  await shell.run(["migrate"]);

  await addFamily(db, HARTMANNS);
  for (const { family } of OTHER_FAMILIES) await addFamily(db, family);
  return {
    live: await inviteByEmail(db, HARTMANNS, 5, "pending"),
    lapsed: await inviteByEmail(db, HARTMANNS, -3, "expired"),
    accepted: await inviteByEmail(db, HARTMANNS, -60, "accepted"),
    old: await inviteByEmail(db, HARTMANNS, -40, "pending"),
  };
}
