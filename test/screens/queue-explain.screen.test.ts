// What `queue explain` looks like on terminals of several widths.
import { expect } from "chai";
import { fixedId, givenShownJobs, withFixedTimes } from "../support/given-screen.ts";
import { atTerminalOf } from "../support/pseudo-terminal.ts";
import { setScene } from "../support/scene.ts";

describe("the screen of queue explain", () => {
  const scene = setScene();

  async function look(columns: number) {
    await givenShownJobs(scene.db);
    const shown = await atTerminalOf({ columns }, ["queue", "explain", fixedId(2)], scene.env);
    return { ...shown, text: withFixedTimes(shown.text) };
  }

  it("breaks its paragraphs at 60 columns", async () => {
    const { text } = await look(60);

    expect(text).to.equal(
      `
Job 3f0c6c1e-5d2a-4b7f-9c1e-000000000002: pending

Why not now  It waits for retry 2 of 5 until
             2026-01-31T08:00:00Z (in 10m).
So far       No attempt is recorded; the job itself says
             timeout: Zitadel gave no answer within 30 s.
Next try     Attempt 3 of 6 asks Zitadel to create the
             account under the job's id. If Zitadel is in
             trouble, retry 3 of 5 follows 15m later; if
             Zitadel refuses, the job fails for good.
Requeue      \`queue requeue\` changes nothing: it is pending
             already.`.slice(1),
    );
  });

  it("breaks its paragraphs at 80 columns", async () => {
    const { text } = await look(80);

    expect(text).to.equal(
      `
Job 3f0c6c1e-5d2a-4b7f-9c1e-000000000002: pending

Why not now  It waits for retry 2 of 5 until 2026-01-31T08:00:00Z (in 10m).
So far       No attempt is recorded; the job itself says timeout: Zitadel gave
             no answer within 30 s.
Next try     Attempt 3 of 6 asks Zitadel to create the account under the job's
             id. If Zitadel is in trouble, retry 3 of 5 follows 15m later; if
             Zitadel refuses, the job fails for good.
Requeue      \`queue requeue\` changes nothing: it is pending already.`.slice(1),
    );
  });

  it("stays readable at 200 columns: no line has more than 100", async () => {
    const { text } = await look(200);

    expect(text).to.equal(
      `
Job 3f0c6c1e-5d2a-4b7f-9c1e-000000000002: pending

Why not now  It waits for retry 2 of 5 until 2026-01-31T08:00:00Z (in 10m).
So far       No attempt is recorded; the job itself says timeout: Zitadel gave no answer within 30
             s.
Next try     Attempt 3 of 6 asks Zitadel to create the account under the job's id. If Zitadel is in
             trouble, retry 3 of 5 follows 15m later; if Zitadel refuses, the job fails for good.
Requeue      \`queue requeue\` changes nothing: it is pending already.`.slice(1),
    );
  });
});
