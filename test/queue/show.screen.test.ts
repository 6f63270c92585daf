// What `queue show` looks like on terminals of several widths.
import { expect } from "chai";
import { fixedId, givenShownJob, withFixedTimes } from "../support/given-screen.ts";
import { givenAttempt } from "../support/given-ledger.ts";
import { atTerminalOf } from "../support/at-terminal.ts";
import { setScene } from "../support/scene.ts";

describe("the screen of queue show", () => {
  const scene = setScene();

  async function look(columns: number, env = {}) {
    const id = await givenShownJob(scene.db, 1, "3 days 2 hours", {
      ...{ status: "failed", username: "max", fullName: "Max אסתר Smith", retryCount: 1 },
      ...{ lastErrorCode: "username_taken" },
      lastErrorMessage: "The username max belongs to another account in Zitadel (user 1234)",
      updatedAt: "now() - interval '3 minutes 20 seconds'",
      encryptedPassword: "",
    });
    await givenAttempt(scene.db, id, {
      ...{ runId: fixedId(801), outcome: "retried", retryCount: 1, errorCode: "timeout" },
      ...{ grpcCode: 4, message: "Zitadel gave no answer within 30 s", durationMs: 30_000 },
      finishedAt: "now() - interval '4 minutes 20 seconds'",
    });
    await givenAttempt(scene.db, id, {
      ...{ runId: fixedId(802), retryCount: 1, errorCode: "username_taken", grpcCode: 6 },
      ...{ zitadelErrorId: "COMMAND-9dj2s", finishedAt: "now() - interval '3 minutes 20 seconds'" },
      message: "The username max belongs to another account in Zitadel (user 1234)",
    });
    const shown = await atTerminalOf({ columns }, ["queue", "show", id], { ...scene.env, ...env });
    return { ...shown, text: withFixedTimes(shown.text) };
  }

  it("breaks long lines under each other at 60 columns", async () => {
    const { text } = await look(60);

    expect(text).to.equal(
      `
Job           dd43e5cf-5d2a-4b7f-9c1e-000000000001
Status        failed
Retries       1 of 5
Next          <none>
Last error    username_taken
Message       The username max belongs to another account in
              Zitadel (user 1234)
Username      max
Name          Max אסתר Smith
Role          managed_account
Family        7a143e62-5d2a-4b7f-9c1e-000000000900
Created by    184bb813-5d2a-4b7f-9c1e-000000000901
Created       3d ago (2026-01-31T08:00:00.000Z)
Updated       3m ago (2026-01-31T08:00:00.000Z)
Completed     <none>
Zitadel user  <none>
Password      erased

Why not now   It failed permanently at 2026-01-31T08:00:00Z
              (3m ago): username_taken: The username max
              belongs to another account in Zitadel (user
              1234). Its password has been erased.
Next try      None.
Requeue       \`queue requeue\` changes nothing: its password
              has been erased; \`queue add\` queues the
              account again.

WHEN    WHAT     DETAILS
3d ago  created  by user
                 184bb813-5d2a-4b7f-9c1e-000000000901
4m ago  attempt  timeout: to be tried again, retry 1 of 5
                 Zitadel gave no answer within 30 s
                 gRPC code 4, took 30000 ms, run
                 4aa02eef-5d2a-4b7f-9c1e-000000000801
3m ago  attempt  username_taken: failed permanently
                 The username max belongs to another account
                 in Zitadel (user 1234)
                 gRPC code 6, Zitadel error COMMAND-9dj2s,
                 took 120 ms, run
                 e8d7a8a0-5d2a-4b7f-9c1e-000000000802`.slice(1),
    );
  });

  it("has more room at 80 columns", async () => {
    const { text } = await look(80);

    expect(text).to.equal(
      `
Job           dd43e5cf-5d2a-4b7f-9c1e-000000000001
Status        failed
Retries       1 of 5
Next          <none>
Last error    username_taken
Message       The username max belongs to another account in Zitadel (user 1234)
Username      max
Name          Max אסתר Smith
Role          managed_account
Family        7a143e62-5d2a-4b7f-9c1e-000000000900
Created by    184bb813-5d2a-4b7f-9c1e-000000000901
Created       3d ago (2026-01-31T08:00:00.000Z)
Updated       3m ago (2026-01-31T08:00:00.000Z)
Completed     <none>
Zitadel user  <none>
Password      erased

Why not now   It failed permanently at 2026-01-31T08:00:00Z (3m ago):
              username_taken: The username max belongs to another account in
              Zitadel (user 1234). Its password has been erased.
Next try      None.
Requeue       \`queue requeue\` changes nothing: its password has been erased;
              \`queue add\` queues the account again.

WHEN    WHAT     DETAILS
3d ago  created  by user 184bb813-5d2a-4b7f-9c1e-000000000901
4m ago  attempt  timeout: to be tried again, retry 1 of 5
                 Zitadel gave no answer within 30 s
                 gRPC code 4, took 30000 ms, run
                 4aa02eef-5d2a-4b7f-9c1e-000000000801
3m ago  attempt  username_taken: failed permanently
                 The username max belongs to another account in Zitadel (user
                 1234)
                 gRPC code 6, Zitadel error COMMAND-9dj2s, took 120 ms, run
                 e8d7a8a0-5d2a-4b7f-9c1e-000000000802`.slice(1),
    );
  });

  it("has a line for each thing at 200 columns, and sentences of 100", async () => {
    const { text } = await look(200);

    expect(text).to.equal(
      `
Job           dd43e5cf-5d2a-4b7f-9c1e-000000000001
Status        failed
Retries       1 of 5
Next          <none>
Last error    username_taken
Message       The username max belongs to another account in Zitadel (user 1234)
Username      max
Name          Max אסתר Smith
Role          managed_account
Family        7a143e62-5d2a-4b7f-9c1e-000000000900
Created by    184bb813-5d2a-4b7f-9c1e-000000000901
Created       3d ago (2026-01-31T08:00:00.000Z)
Updated       3m ago (2026-01-31T08:00:00.000Z)
Completed     <none>
Zitadel user  <none>
Password      erased

Why not now   It failed permanently at 2026-01-31T08:00:00Z (3m ago): username_taken: The username
              max belongs to another account in Zitadel (user 1234). Its password has been erased.
Next try      None.
Requeue       \`queue requeue\` changes nothing: its password has been erased; \`queue add\` queues the
              account again.

WHEN    WHAT     DETAILS
3d ago  created  by user 184bb813-5d2a-4b7f-9c1e-000000000901
4m ago  attempt  timeout: to be tried again, retry 1 of 5
                 Zitadel gave no answer within 30 s
                 gRPC code 4, took 30000 ms, run 4aa02eef-5d2a-4b7f-9c1e-000000000801
3m ago  attempt  username_taken: failed permanently
                 The username max belongs to another account in Zitadel (user 1234)
                 gRPC code 6, Zitadel error COMMAND-9dj2s, took 120 ms, run e8d7a8a0-5d2a-4b7f-9c1e-000000000802`.slice(
        1,
      ),
    );
  });

  it("colours the status, unless NO_COLOR is set", async () => {
    expect((await look(80)).colorOf("failed")).to.equal("red");
    await scene.db.query("delete from auth.queued_managed_account_creations");
    expect((await look(80, { NO_COLOR: "1" })).colorOf("failed")).to.equal(null);
  });
});
