// A clock that was ahead for a moment: what it left behind holds nothing up for longer than an hour.
import { expect } from "chai";
import { askDoctor, expectLine } from "../support/diagnosis.ts";
import { givenJob, readJob } from "../support/given.ts";
import { moment } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

const RUN_ID = "5b0d9f0e-6d3c-4a55-8f0a-000000000001";
const QUEUE = "auth.queued_managed_account_creations";

for (const variant of ["own", "script"] as const) {
  describe(`a job under a lease that a wrong clock wrote (${variant} tables)`, () => {
    const scene = setScene(variant);

    /** @param leaseEnds SQL; @param changed an interval from now */
    async function givenHeld(leaseEnds: string, changed: string): Promise<string> {
      const { id } = await givenJob(scene.db);
      await scene.db.query(
        `update ${QUEUE} set status = 'processing', claimed_by_run_id = $2,
           lease_expires_at = ${leaseEnds}, updated_at = ${moment(variant, changed)}
         where id = $1`,
        [id, RUN_ID],
      );
      return id;
    }

    for (const [what, leaseEnds, changed] of [
      ["in 30 years", "now() + interval '30 years'", "-10 minutes"],
      ["never", "'infinity'", "-10 minutes"],
      ["in 30 years, and was changed then", "now() + interval '30 years'", "30 years"],
    ] as const) {
      it(`that ends ${what}, is recovered RETRY_LEASE after its last change`, async () => {
        const id = await givenHeld(leaseEnds, changed);

        const stuck = await scene.cli(["queue", "list", "--stuck", "-o", "name"]);
        const shown = await scene.cli(["queue", "show", id]);
        const { report } = await scene.retry();

        expect(stuck.stdout).to.include(id);
        expect(shown.stdout)
          .to.include("recovers it")
          .and.not.to.match(/Invalid|NaN/);
        expect(report).to.include({ rescued: 1, created: 1 });
        expect((await readJob(scene.db, id)).status).to.equal("completed");
      });
    }

    it("stays where it is until RETRY_LEASE has passed since its last change", async () => {
      const id = await givenHeld("now() + interval '30 years'", "-1 minute");

      const { report } = await scene.retry();

      expect(report).to.include({ rescued: 0, claimed: 0 });
      expect((await readJob(scene.db, id)).status).to.equal("processing");
    });

    it("is named by requeue and cancel without that time", async () => {
      const id = await givenHeld("now() + interval '30 years'", "-1 minute");

      const requeue = await scene.cli(["queue", "requeue", id]);
      const cancel = await scene.cli(["queue", "cancel", id]);

      for (const { stdout, stderr } of [requeue, cancel])
        expect(stdout + stderr).to.include(
          `run ${RUN_ID} holds it until a time that no run sets, so a clock was wrong`,
        );
    });
  });
}

describe("a pause of the breaker that a wrong clock wrote", () => {
  const scene = setScene();

  async function givenPause(until: string, changed: string): Promise<void> {
    await scene.db.query(
      `update family_hub_jobs.breaker
       set paused_until = ${until}, updated_at = ${changed}, reason = 'wait'`,
    );
  }

  for (const [what, until, changed] of [
    ["until 2056, written long ago", "'2056-01-01Z'", "now() - interval '2 hours'"],
    ["until 2056, written then", "'2056-01-01Z'", "'2055-12-31 23:59Z'"],
    ["for ever", "'infinity'", "now() - interval '2 hours'"],
  ] as const) {
    it(`${what}, keeps no run from its jobs`, async () => {
      await givenJob(scene.db);
      await givenPause(until, changed);

      const stats = await scene.json<{ breaker: object }>(["queue", "stats", "--json"]);
      const { report } = await scene.retry();

      expect(stats.breaker).to.include({ pausedUntil: null });
      expect(report).to.include({ outcome: "completed", created: 1 });
    });
  }

  it("until 2056, written just now, lasts an hour from then", async () => {
    await givenJob(scene.db);
    await givenPause("'2056-01-01Z'", "now()");

    const { report } = await scene.retry();

    expect(report).to.include({ outcome: "stopped", claimed: 0 });
    const until = Date.parse(/to wait until (\S+)/.exec(report.reason ?? "")?.[1] ?? "");
    expect(until - Date.now()).to.be.within(3_500_000, 3_600_000);
  });

  it("does not make the next one longer than Zitadel asked for", async () => {
    await givenJob(scene.db);
    await givenPause("'2056-01-01Z'", "now() - interval '2 hours'");
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "http", status: 429, retryAfter: 60, times: 1 },
    });

    await scene.retry();

    const { seconds } = await scene.db.one<{ seconds: number }>(
      "select extract(epoch from paused_until - now())::float8 as seconds from family_hub_jobs.breaker",
    );
    expect(seconds).to.be.within(30, 60);
  });

  it("and a breaker opened in 2056 are as of now: the next fault writes that down", async () => {
    await givenJob(scene.db);
    await scene.db.query("update family_hub_jobs.breaker set opened_at = '2056-01-01Z'");
    await scene.zitadel.control.addFault({ method: "CreateUser", kind: "grpc", code: 14 });

    const { report } = await scene.retry();

    expect(report).to.include({ outcome: "unavailable", deferred: 1 });
    const { past } = await scene.db.one<{ past: boolean }>(
      "select opened_at <= now() as past from family_hub_jobs.breaker",
    );
    expect(past).to.equal(true);
  });
});

describe("the doctor, after a clock was ahead", () => {
  const scene = setScene();

  it("names the pause, the leases and the tries that no run would write", async () => {
    const [held, waiting] = [await givenJob(scene.db), await givenJob(scene.db)];
    await scene.db.query(
      `update ${QUEUE} set status = 'processing', claimed_by_run_id = gen_random_uuid(),
         lease_expires_at = '2056-01-01Z' where id = $1`,
      [held.id],
    );
    await scene.db.query(`update ${QUEUE} set next_retry_at = '2056-01-02Z' where id = $1`, [
      waiting.id,
    ]);
    await scene.db.query("update family_hub_jobs.breaker set paused_until = '2056-01-03Z'");

    const lines = (await askDoctor(scene)).lines("times");

    expect(lines.map(({ status }) => status)).to.deep.equal(["warn", "warn", "warn"]);
    expect(lines.map(({ found }) => found).join("\n")).to.match(
      /^the breaker is paused until 2056-01-03T.*\n1 job under a lease until 2056-01-01T.*\n1 job whose next attempt is far in the future, .* 2056-01-02T/,
    );
    expect(lines[2]?.mend).to.include("retry-accounts --job ID");
  });

  it("accepts times as runs write them", async () => {
    await givenJob(scene.db, { nextRetryAt: "now() + interval '4 hours'" });

    expectLine((await askDoctor(scene)).line("times"), "ok", /none/, null);
  });
});
