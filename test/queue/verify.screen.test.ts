// What `queue verify` looks like on terminals of several widths.
import { expect } from "chai";
import { givenShownJobs } from "../support/given-screen.ts";
import { atTerminalOf } from "../support/at-terminal.ts";
import { setScene } from "../support/scene.ts";

describe("the screen of queue verify", () => {
  const scene = setScene();

  async function look(columns: number) {
    await givenShownJobs(scene.db);
    const args = ["queue", "verify", "--status", "failed", "--limit", "1"];
    return atTerminalOf({ columns }, args, scene.env);
  }

  it("has room at 80 columns for the command that it advises, with a short id", async () => {
    const { text } = await look(80);

    expect(text).to.equal(
      `
ID        STATUS  VERDICT  ZITADEL-USER  USERNAME      ADVICE
b7ea52e2  failed  absent   <none>        grandma_rose  \`queue requeue b7ea52e2\`
More jobs match: these are the oldest 1. Use --limit for more.
family-hub-jobs: Zitadel shows no person in the organization. If there are any,
the service account may not read them (it needs ORG_USER_MANAGER), and an
account reported as absent may exist.`.slice(1),
    );
  });

  it("has advice that is the same for jobs in a row below the last of them", async () => {
    await givenShownJobs(scene.db);
    await scene.zitadel.control.setDown(true);

    const args = ["queue", "verify", "--status", "failed"];
    const { text, code } = await atTerminalOf({ columns: 80 }, args, scene.env);

    expect(code).to.equal(69);
    expect(text.replace(/:\d{5}\b/g, ":43210")).to.equal(
      `
ID        STATUS  VERDICT  ZITADEL-USER  USERNAME
b7ea52e2  failed  unknown  <none>        grandma_rose
19b2d931  failed  unknown  <none>        max
  not asked: Zitadel is unreachable at http://127.0.0.1:43210: connect
  ECONNREFUSED 127.0.0.1:43210. Check that it runs and that ZITADEL_URL names
  it; ask again
family-hub-jobs: queue verify unavailable: Zitadel is unreachable at
http://127.0.0.1:43210: connect ECONNREFUSED 127.0.0.1:43210. Check that it runs
and that ZITADEL_URL names it.`.slice(1),
    );
  });

  it("has the advice below each job at 60 columns, and breaks no word of what it says", async () => {
    const { text } = await look(60);

    expect(text).to.equal(
      `
ID        STATUS  VERDICT  ZITADEL-USER  USERNAME
b7ea52e2  failed  absent   <none>        grandma_rose
  \`queue requeue b7ea52e2\`
More jobs match: these are the oldest 1. Use --limit for
more.
family-hub-jobs: Zitadel shows no person in the
organization. If there are any, the service account may not
read them (it needs ORG_USER_MANAGER), and an account
reported as absent may exist.`.slice(1),
    );
  });
});
