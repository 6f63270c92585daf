// What will go wrong in Zitadel for three of the Hartmann children.
import type { ZitadelControl } from "../support/zitadel-emulator/index.ts";
import { BEN, MIA, NOAH } from "./cast.ts";
import type { QueuedJob } from "./family-hub-api.ts";
import type { Narrator } from "./narrator.ts";

/** @returns the id of the user who has Noah's username */
export async function layOutTrouble(
  zitadel: ZitadelControl,
  narrator: Narrator,
  mia: QueuedJob,
  ben: QueuedJob,
): Promise<string> {
  narrator.say(
    [
      "",
      "Three of these jobs will meet errors:",
      `- ${NOAH.username}: another user in Zitadel has this username.`,
      `- ${MIA.username}: Zitadel will fail twice, with a database error.`,
      `- ${BEN.username}: Zitadel will create the account, but its answer will be lost, and so will`,
      "  the answer to the question whether the account exists.",
    ].join("\n"),
  );
  const failure = { method: "CreateUser", kind: "db-connection-error", times: 2 } as const;
  const lost = { kind: "rst", at: "after", times: 1, match: { userId: ben.id } } as const;
  await zitadel.addFault({ ...failure, match: { userId: mia.id } });
  await zitadel.addFault({ ...lost, method: "CreateUser" });
  await zitadel.addFault({ ...lost, method: "GetUserByID" });
  const other = await zitadel.addUser({
    username: NOAH.username,
    displayName: "Noah E. Hartmann",
  });
  return other.userId;
}
