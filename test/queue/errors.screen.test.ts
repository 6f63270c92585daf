// What `queue errors` looks like on terminals of several widths.
import { expect } from "chai";
import { givenAttempt } from "../support/given-ledger.ts";
import { fixedId, givenShownJobs } from "../support/given-screen.ts";
import { atTerminalOf } from "../support/at-terminal.ts";
import { setScene } from "../support/scene.ts";

describe("the screen of queue errors", () => {
  const scene = setScene();

  async function look(columns: number) {
    await givenShownJobs(scene.db);
    await givenAttempt(scene.db, fixedId(3), {
      ...{ errorCode: "username_taken", grpcCode: 6, zitadelErrorId: "COMMAND-9dj2s" },
      finishedAt: "now() - interval '3 hours 20 minutes'",
    });
    return atTerminalOf({ columns }, ["queue", "errors"], scene.env);
  }

  it("makes a block of each cause at 60 columns, and reports what to do to its end", async () => {
    const { text } = await look(60);

    expect(text).to.equal(
      `
ERROR       unavailable
FAILED      1
WAITING     0
FIRST-SEEN  <none>
LAST-SEEN   <none>
SAMPLE      b7ea52e2
MESSAGE     Zitadel cannot be reached
WHAT-TO-DO  once Zitadel is healthy, \`fhj queue requeue
            --error unavailable --verified\`

ERROR       username_taken/6/COMMAND-9dj2s
FAILED      1
WAITING     0
FIRST-SEEN  3h ago
LAST-SEEN   3h ago
SAMPLE      19b2d931
MESSAGE     The username max belongs to another account in
            Zitadel
WHAT-TO-DO  free the name, then \`fhj queue requeue --error
            username_taken/6/COMMAND-9dj2s --verified\`; or
            \`queue add\` a job with another name

ERROR       timeout
FAILED      0
WAITING     1
FIRST-SEEN  <none>
LAST-SEEN   <none>
SAMPLE      7b7b5f80
MESSAGE     Zitadel gave no answer within 30 s
WHAT-TO-DO  nothing yet: the jobs are retried automatically`.slice(1),
    );
  });

  it("makes a block of each cause at 80 columns, too", async () => {
    const { text } = await look(80);

    expect(text).to.equal(
      `
ERROR       unavailable
FAILED      1
WAITING     0
FIRST-SEEN  <none>
LAST-SEEN   <none>
SAMPLE      b7ea52e2
MESSAGE     Zitadel cannot be reached
WHAT-TO-DO  once Zitadel is healthy,
            \`fhj queue requeue --error unavailable --verified\`

ERROR       username_taken/6/COMMAND-9dj2s
FAILED      1
WAITING     0
FIRST-SEEN  3h ago
LAST-SEEN   3h ago
SAMPLE      19b2d931
MESSAGE     The username max belongs to another account in Zitadel
WHAT-TO-DO  free the name, then \`fhj queue requeue --error
            username_taken/6/COMMAND-9dj2s --verified\`; or \`queue add\` a job
            with another name

ERROR       timeout
FAILED      0
WAITING     1
FIRST-SEEN  <none>
LAST-SEEN   <none>
SAMPLE      7b7b5f80
MESSAGE     Zitadel gave no answer within 30 s
WHAT-TO-DO  nothing yet: the jobs are retried automatically`.slice(1),
    );
  });

  it("is a table at 320 columns", async () => {
    const { text } = await look(320);

    expect(text).to.equal(
      `
ERROR                           FAILED  WAITING  FIRST-SEEN  LAST-SEEN  SAMPLE    MESSAGE                                                 WHAT-TO-DO
unavailable                     1       0        <none>      <none>     b7ea52e2  Zitadel cannot be reached                               once Zitadel is healthy, \`fhj queue requeue --error unavailable --verified\`
username_taken/6/COMMAND-9dj2s  1       0        3h ago      3h ago     19b2d931  The username max belongs to another account in Zitadel  free the name, then \`fhj queue requeue --error username_taken/6/COMMAND-9dj2s --verified\`; or \`queue add\` a job with another name
timeout                         0       1        <none>      <none>     7b7b5f80  Zitadel gave no answer within 30 s                      nothing yet: the jobs are retried automatically`.slice(
        1,
      ),
    );
  });

  it("says that nothing is wrong", async () => {
    const { text } = await atTerminalOf({ columns: 60 }, ["queue", "errors"], scene.env);

    expect(text).to.equal("No job failed, and none waits for a retry.");
  });
});
