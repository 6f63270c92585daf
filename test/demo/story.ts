// The story in its order, each chapter handing what the checks need to the next.
import { fillQueue, type Queue } from "./chapter-queue.ts";
import { rescueNoah, workQueue, type Workings } from "./chapter-retries.ts";
import { prepare, type Invitations } from "./chapter-setup.ts";
import { fingerprint } from "./look-inside.ts";
import type { Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";

/** What only shows in the middle of the story, kept for the checks at its end. */
export interface Evidence {
  readonly queue: Queue;
  readonly invitations: Invitations;
  readonly workings: Workings;
  /** Of both databases, before and after every command ran once more. */
  readonly before: string;
  readonly after: string;
}

export async function tellStory(stage: Stage, narrator: Narrator): Promise<Evidence> {
  const invitations = await prepare(stage, narrator);
  const queue = await fillQueue(stage, narrator);
  const workings = await workQueue(stage, narrator, queue);
  await rescueNoah(stage, narrator, queue);

  const { db, zitadel, shell } = stage;
  narrator.heading("Once a day, old invitations are deleted");
  narrator.say(
    "There are four: one is live, one expired 3 days ago, one expired 40 days ago, and one was\n" +
      "accepted before it expired.",
  );
  await shell.run(["purge-invitations"]);

  narrator.heading("The same commands again");
  narrator.say("You can run each command twice: the second time there is nothing left to do.");
  const before = await fingerprint(db, zitadel);
  await shell.run(["migrate"]);
  await shell.run(["retry-accounts"]);
  await shell.run(["queue", "requeue", queue.noah.id, "--reason", "once more"]);
  await shell.run(["purge-invitations"]);
  return { queue, invitations, workings, before, after: await fingerprint(db, zitadel) };
}
