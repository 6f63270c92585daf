// What must be true for the three children whose accounts were not created at once.
import { same, type Check } from "./check.ts";
import { readColumn, readJobState } from "./look-inside.ts";
import type { Stage } from "./stage.ts";
import type { Evidence } from "./story.ts";

export function troubleChecks({ queue, workings }: Evidence, { db, zitadel }: Stage): Check[] {
  const { noah, mia, ben } = queue;
  const outcomes = (id: string) =>
    readColumn(
      db,
      "select outcome from family_hub_jobs.attempts where job_id = $1 order by attempt_id",
      [id],
    );
  const creations = async (id: string) =>
    (await zitadel.calls()).filter((call) => call.method === "CreateUser" && call.userId === id);
  return [
    {
      title: `${noah.username} failed as username_taken with one failed-event, without using up a retry`,
      holds: async () => {
        same(workings.noah, {
          status: "failed",
          retryCount: 0,
          errorCode: "username_taken",
          waitMinutes: null,
        });
        same(
          workings.failures.map(({ jobId, errorCode }) => [jobId, errorCode]),
          [[noah.id, "username_taken"]],
        );
      },
    },
    {
      title: `${noah.username} was created after the requeue, whose reason is in the audit`,
      holds: async () => {
        same(await outcomes(noah.id), ["failed", "created"]);
        const audit = "select reason from family_hub_jobs.operator_actions where verb = 'requeue'";
        same(await readColumn(db, audit), ["username freed in Zitadel"]);
      },
    },
    {
      title: `${mia.username} waited 1 minute for retry 1 and 5 minutes for retry 2, and then was created`,
      holds: async () => {
        const waiting = { status: "pending", errorCode: "internal" };
        const steps = workings.mia.map(({ status, retryCount, waitMinutes }) => [
          status,
          retryCount,
          waitMinutes,
        ]);
        same(steps, [
          [waiting.status, 1, 1],
          [waiting.status, 2, 5],
          ["completed", 2, null],
        ]);
        same(await outcomes(mia.id), ["retried", "retried", "created"]);
      },
    },
    {
      title: `${ben.username} had an account while the job still waited; it was adopted, not created twice`,
      holds: async () => {
        same(
          [workings.benExisted, workings.ben.status, workings.ben.waitMinutes],
          [true, "pending", 1],
        );
        same(await outcomes(ben.id), ["retried", "adopted"]);
        same((await creations(ben.id)).filter(({ outcome }) => outcome === "OK").length, 1);
        same((await readJobState(db, ben.id)).status, "completed");
      },
    },
  ];
}
