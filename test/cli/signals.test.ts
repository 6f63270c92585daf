// A signal that comes before any job is touched: the run ends at once and leaves nothing behind.
import { expect } from "chai";
import { givenJob } from "../support/given.ts";
import { everything } from "../support/rows.ts";
import { parseReport, setScene, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

const SIGNALS = [
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const;

/** Longer than mocha waits for any test. */
const LONG = "10m";

const COMMANDS_CONNECTED = `(select count(distinct application_name) from pg_stat_activity
  where application_name like 'fhj retry-accounts%' and datname = current_database())`;

const BREAKER = "select opened_at, paused_until, reason from family_hub_jobs.breaker";
const CLOSED = { opened_at: null, paused_until: null, reason: null };

async function pauseAt(scene: Scene, method: "token" | "discovery" | "CreateUser"): Promise<void> {
  await scene.zitadel.control.addFault({ method, kind: "pause", name: "held", at: "before" });
}

for (const [signal, exit] of SIGNALS) {
  describe(`${signal} while a run waits for the lock`, () => {
    const scene = setScene();

    it(`ends it with ${exit} at once, and the run that holds the lock works on`, async () => {
      await givenJob(scene.db);
      await pauseAt(scene, "CreateUser");
      const holder = scene.start(["retry-accounts", "--json"]);
      await scene.zitadel.control.waitForPaused({ name: "held" });
      const waiting = scene.start(["retry-accounts", "--json", "--wait", LONG]);
      await until(scene.db, `${COMMANDS_CONNECTED} = 2`);
      const before = await everything(scene.db);

      waiting.kill(signal);
      const result = await waiting.ended;

      expect(result.code).to.equal(exit);
      expect(parseReport(result)).to.include({
        ...{ outcome: "interrupted", reason: signal, due: 0, claimed: 0 },
      });
      expect(await everything(scene.db)).to.deep.equal(before);
      await scene.zitadel.control.release("held");
      expect(parseReport(await holder.ended)).to.include({ outcome: "completed", created: 1 });
    });
  });

  describe(`${signal} during the login at Zitadel`, () => {
    const scene = setScene();

    for (const method of ["discovery", "token"] as const) {
      it(`while ${method} hangs ends the run with ${exit}: no job touched, no breaker opened`, async () => {
        await givenJob(scene.db, { retryCount: 1 });
        const before = await everything(scene.db);
        await pauseAt(scene, method);
        const run = scene.start(["retry-accounts", "--json"]);
        await scene.zitadel.control.waitForPaused({ name: "held" });

        run.kill(signal);
        const result = await run.ended;

        expect(result.code).to.equal(exit);
        expect(parseReport(result)).to.include({
          ...{ outcome: "interrupted", reason: signal, due: 1, claimed: 0, deferred: 0 },
        });
        expect(await everything(scene.db)).to.deep.equal(before);
        expect(await scene.db.one<object>(BREAKER)).to.deep.equal(CLOSED);
        await scene.zitadel.control.setFaults([]);
        expect((await scene.retry()).report).to.include({ created: 1, rescued: 0 });
      });
    }
  });
}
