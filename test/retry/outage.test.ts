// Hours without Zitadel and a run a minute, with the clock moved instead of waited for.
import { expect } from "chai";
import type { TestDatabase } from "../support/database.ts";
import { givenFamily, sealForTest } from "../support/given.ts";
import { runInProcess } from "../support/in-process-run.ts";
import { setScene } from "../support/scene.ts";
import type { Fault } from "../support/zitadel-emulator/index.ts";

/** `npm run test:outage` takes three hours and 5,000 jobs; a third of an hour shows the same. */
const JOBS = Number(process.env["OUTAGE_JOBS"] ?? 500);
const MINUTES = Number(process.env["OUTAGE_MINUTES"] ?? 20);
/** Default RETRY_CONCURRENCY: what can be in flight when the outage begins. */
const IN_FLIGHT = 10;

describe(`an outage of ${MINUTES} minutes with ${JOBS} due jobs and a run a minute`, () => {
  const scene = setScene();

  beforeEach(async () => {
    await plantJobs(scene.db);
  });

  it("spends no retry while Zitadel is down, and drains by itself afterwards", async () => {
    await scene.zitadel.control.setDown(true);

    for (let minute = 0; minute < MINUTES; minute += 1) {
      expect((await runInProcess(scene.env)).outcome).to.equal("unavailable");
      await passMinute(scene.db);
    }
    const spent = await retriesSpent(scene.db);
    await scene.zitadel.control.setDown(false);
    const report = await runInProcess(scene.env);

    expect(spent).to.equal(0);
    expect(report.counts).to.include({ created: JOBS, retried: 0, failed: 0 });
  });

  const writesFail: Fault[] = [
    { method: "CreateUser", kind: "raw-unknown", message: "context deadline exceeded" },
  ];
  const proxyDown: Fault[] = [
    { method: "CreateUser", kind: "http", status: 503 },
    { method: "GetUserByID", kind: "http", status: 503 },
  ];
  for (const [what, faults] of [
    ["only creations fail", writesFail],
    ["a proxy answers 503", proxyDown],
  ] as const) {
    it(`spends the retries that were in flight and no more while ${what}`, async () => {
      await scene.zitadel.control.setFaults([...faults]);
      const env = { ...scene.env, ZITADEL_ORG_ID: scene.zitadel.orgId };

      for (let minute = 0; minute < MINUTES; minute += 1) {
        expect((await runInProcess(env)).outcome).to.equal("unavailable");
        await passMinute(scene.db);
      }
      const spent = await retriesSpent(scene.db);
      await scene.zitadel.control.setFaults([]);
      const report = await runInProcess(env);

      expect(spent).to.be.within(5, IN_FLIGHT);
      expect(report).to.include({ outcome: "completed" });
      expect(report.counts.created + report.counts.adopted).to.be.greaterThan(
        JOBS - IN_FLIGHT - MINUTES,
      );
      expect(report.counts.failed).to.equal(0);
    });
  }
});

/** With one ciphertext for all it would not decrypt; sealing is what takes the time here. */
async function plantJobs(db: TestDatabase): Promise<void> {
  const family = await givenFamily(db);
  const ids = (
    await db.query<{ id: string }>("select gen_random_uuid() as id from generate_series(1, $1)", [
      JOBS,
    ])
  ).map((row) => row.id);
  const sealed = await Promise.all(ids.map((id) => sealForTest("Aa1!outage", id)));
  await db.query(
    `insert into auth.queued_managed_account_creations
       (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status, next_retry_at)
     select id, $2, 'outage_' || n, 'Kim Smith', 'managed_account', jwe, $2, 'pending', now()
     from unnest($1::uuid[], $3::text[]) with ordinality as job (id, jwe, n)`,
    [ids, family, sealed],
  );
}

async function passMinute(db: TestDatabase): Promise<void> {
  await db.query(
    `update auth.queued_managed_account_creations
     set next_retry_at = next_retry_at - interval '1 minute' where next_retry_at > now()`,
  );
}

async function retriesSpent(db: TestDatabase): Promise<number> {
  const row = await db.one<{ spent: number }>(
    "select sum(retry_count)::int as spent from auth.queued_managed_account_creations",
  );
  return row.spent;
}
