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

  it("has the advice below each cause at 60 columns, with what does not fit next to it", async () => {
    const screen = await look(60);

    expect(screen.text.replace("2s\n--verified", "2s --verified")).to.equal(
      `
ERROR                           FAILED  WAITING  SAMPLE
unavailable                     1       0        b7ea52e2
  Zitadel cannot be reached
  what to do: once Zitadel is healthy,
  \`fhj queue requeue --error unavailable --verified\`
username_taken/6/COMMAND-9dj2s  1       0        19b2d931
  first seen 3h ago, last seen 3h ago
  The username max belongs to another account in Zitadel
  what to do: free the name, then
  \`fhj queue requeue --error username_taken/6/COMMAND-9dj2s --verified\`;
  or \`queue add\` a job with another name
timeout                         0       1        7b7b5f80
  Zitadel gave no answer within 30 s
  what to do: nothing yet: the jobs are retried
  automatically`.slice(1),
    );
  });

  it("has all that fits in a line next to each other at 80 columns", async () => {
    const { text } = await look(80);

    expect(text).to.equal(
      `
ERROR                           FAILED  WAITING  FIRST-SEEN  LAST-SEEN  SAMPLE
unavailable                     1       0        <none>      <none>     b7ea52e2
  Zitadel cannot be reached
  what to do: once Zitadel is healthy,
  \`fhj queue requeue --error unavailable --verified\`
username_taken/6/COMMAND-9dj2s  1       0        3h ago      3h ago     19b2d931
  The username max belongs to another account in Zitadel
  what to do: free the name, then
  \`fhj queue requeue --error username_taken/6/COMMAND-9dj2s --verified\`; or
  \`queue add\` a job with another name
timeout                         0       1        <none>      <none>     7b7b5f80
  Zitadel gave no answer within 30 s
  what to do: nothing yet: the jobs are retried automatically`.slice(1),
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
