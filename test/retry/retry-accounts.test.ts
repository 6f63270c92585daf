// The main job from the command line, on a real Postgres and over real gRPC.
import { expect } from "chai";
import { runCli, runCliJson } from "../support/cli.ts";
import { cloneDatabase, type TestDatabase } from "../support/database.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJob, readJob, whenDue } from "../support/given.ts";
import { testRingFile } from "../support/test-server.ts";
import { startZitadelEmulator, type ZitadelEmulator } from "../support/zitadel-emulator/index.ts";
import { serviceKeyEnv, type RetryJson } from "../support/zitadel-env.ts";

for (const variant of VARIANTS) {
  describe(`retry-accounts on the ${variant} database`, () => {
    let db: TestDatabase;
    let zitadel: ZitadelEmulator;
    let env: Record<string, string>;

    before(async () => {
      zitadel = await startZitadelEmulator();
    });
    after(() => zitadel.stop());
    beforeEach(async () => {
      db = await cloneDatabase(variant);
      await zitadel.control.reset();
      env = serviceKeyEnv(zitadel, db.url, testRingFile());
    });
    afterEach(() => db.drop());

    it("creates the account with exactly its password, the user row and the event", async () => {
      const job = await givenJob(db, { fullName: "Kim van Dyk" });

      const report = await runCliJson<RetryJson>(["retry-accounts", "--json"], env);

      expect(report).to.include({ outcome: "completed", due: 1, claimed: 1, created: 1 });
      const user = await zitadel.control.findUser({ userId: job.id });
      expect(user).to.include({
        username: job.username,
        password: job.password,
        givenName: "Kim",
        familyName: "van Dyk",
        mailWouldHaveBeenSent: false,
      });
      expect(await readJob(db, job.id)).to.include({
        status: "completed",
        encryptedPassword: "",
        waitS: null,
        zitadelUserId: job.id,
        leased: false,
      });
      const row = await db.one<{ id: string }>(
        "select id from auth.users where external_user_id = $1",
        [job.id],
      );
      const event = await db.one<{ payload: Record<string, unknown> }>(
        "select payload from auth.outbox_events",
      );
      expect(event.payload).to.include({ jobId: job.id, userId: row.id, username: job.username });
    });

    it("waits 1m, 5m, 15m, 1h and 4h after transient faults, then fails permanently", async () => {
      const job = await givenJob(db);
      await zitadel.control.setFaults([{ method: "CreateUser", kind: "grpc", code: 13 }]);
      const waits: (number | null)[] = [];

      for (let attempt = 1; attempt <= 6; attempt += 1) {
        await whenDue(db);
        const result = await runCli(["retry-accounts"], { ...env, TZ: "Pacific/Auckland" });
        expect(result.code).to.equal(0);
        waits.push((await readJob(db, job.id)).waitS);
      }

      expect(waits).to.deep.equal([60, 300, 900, 3600, 14_400, null]);
      expect(await readJob(db, job.id)).to.include({
        status: "failed",
        retryCount: 5,
        lastErrorCode: "internal",
      });
      const [event] = await db.query<{ payload: object }>("select payload from auth.outbox_events");
      expect(event?.payload).to.include({ jobId: job.id, errorCode: "internal", attempts: 6 });
    });
  });
}
