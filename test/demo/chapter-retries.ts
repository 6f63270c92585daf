// Chapters 3 and 4: the queue is worked, minute by minute, and an operator helps where no retry can.
import type { Queue } from "./chapter-queue.ts";
import { passMinutes, readEvents, readJobState, type JobState } from "./look-inside.ts";
import type { Narrator } from "./narrator.ts";
import type { Stage } from "./stage.ts";

export interface Workings {
  /** After each of the three runs. */
  readonly mia: readonly JobState[];
  /** After the run that lost Zitadel's reply. */
  readonly ben: JobState;
  readonly benExisted: boolean;
  readonly noah: JobState;
  /** Payloads of ManagedAccountCreationFailedEvent after the first run. */
  readonly failures: readonly Record<string, unknown>[];
}

export async function workQueue(stage: Stage, narrator: Narrator, queue: Queue): Promise<Workings> {
  const { db, zitadel, shell } = stage;
  narrator.heading("Every minute, cron starts a run");
  await shell.run(["retry-accounts"]);
  narrator.say(
    "Mia's and Ben's jobs wait for their next retry; Noah's job has failed permanently:",
  );
  await shell.look(["queue", "list", "--status", "pending"]);
  const first = await readJobState(db, queue.mia.id);
  const ben = await readJobState(db, queue.ben.id);
  const benExisted = (await zitadel.findUser({ userId: queue.ben.id })) !== null;
  const noah = await readJobState(db, queue.noah.id);
  const failures = await readEvents(db, "ManagedAccountCreationFailedEvent");

  narrator.say(
    "Cron runs it again at once. Nothing is due, so nothing is printed, and cron mails nothing.",
  );
  await shell.run(["retry-accounts"]);

  await pass(stage, narrator, 1);
  narrator.say(
    "Zitadel already has Ben's account, so the run adopts it. Mia's account fails once more.",
  );
  await shell.run(["retry-accounts"]);
  const second = await readJobState(db, queue.mia.id);

  await pass(stage, narrator, 5);
  narrator.say("Now Zitadel works.");
  await shell.run(["retry-accounts"]);
  const third = await readJobState(db, queue.mia.id);
  return { mia: [first, second, third], ben, benExisted, noah, failures };
}

export async function rescueNoah(stage: Stage, narrator: Narrator, queue: Queue): Promise<void> {
  const { zitadel, shell } = stage;
  narrator.heading("What no retry can fix");
  await shell.look(["queue", "list", "--status", "failed"]);
  await zitadel.deleteUser(queue.strangerId);
  narrator.say("An administrator of Zitadel removes the other account: the username is free.");
  await shell.run(["queue", "requeue", queue.noah.id, "--reason", "username freed in Zitadel"]);
  await shell.run(["retry-accounts"]);
}

async function pass({ db }: Stage, narrator: Narrator, minutes: number): Promise<void> {
  const time = minutes === 1 ? "A minute passes" : `${minutes} minutes pass`;
  narrator.say(`${time}. (Simulated: the demo sets next_retry_at back.)`);
  await passMinutes(db, minutes);
}
