// With -q a lasting problem is reported when it begins, once an hour, and when it is over.
import { expect } from "chai";
import { generateKey } from "../../src/passwords/generate.ts";
import { givenJobUnder } from "../support/given-keys.ts";
import { givenRun } from "../support/given-ledger.ts";
import { givenDueJobs } from "../support/given-many.ts";
import { givenJob } from "../support/given.ts";
import { setScene, type Scene } from "../support/scene.ts";

/** Runs a minute apart: each is put a minute into the past when the next one begins. */
async function tick(scene: Scene, args: readonly string[] = [], env = {}) {
  await scene.db.query(
    `update family_hub_jobs.runs
     set started_at = started_at - interval '1 minute', finished_at = finished_at - interval '1 minute'`,
  );
  return scene.cli(["retry-accounts", "-q", ...args], env);
}

const DISCOVERY_DOWN = { method: "discovery", kind: "http", status: 503 } as const;

describe("retry-accounts -q in an outage of Zitadel", () => {
  const scene = setScene();

  beforeEach(async () => {
    await givenDueJobs(scene.db, 2);
    await scene.zitadel.control.setFaults([DISCOVERY_DOWN]);
  });

  it("reports it when it begins, and not each minute; the exit code stays", async () => {
    const runs = [await tick(scene), await tick(scene), await tick(scene)];

    expect(runs.map(({ code }) => code)).to.deep.equal([69, 69, 69]);
    expect(runs[0]?.stderr).to.match(/^family-hub-jobs: retry-accounts unavailable: .*503/);
    expect(runs.slice(1).map(({ stdout, stderr }) => stdout + stderr)).to.deep.equal(["", ""]);
  });

  it("reports it once an hour while it lasts, since when and over how many runs", async () => {
    await tick(scene);
    await scene.db.query(
      `update family_hub_jobs.runs
       set started_at = started_at - interval '59 minutes', finished_at = finished_at - interval '59 minutes'`,
    );
    for (let minute = 58; minute >= 1; minute -= 1) {
      await givenRun(scene.db, {
        outcome: "unavailable",
        reason: "Zitadel is down",
        startedAt: `now() - interval '${minute} minutes'`,
      });
    }

    const hour = await tick(scene);
    const after = await tick(scene);

    expect(hour.stderr).to.match(
      / unavailable: .* \(since \d{4}-\d\d-\d\dT\d\d:\d\dZ, 60 runs\)\n$/,
    );
    expect(after).to.include({ code: 69, stderr: "" });
  });

  it("reports that it is over, by the first run that does something again", async () => {
    await tick(scene);
    await tick(scene);
    await scene.zitadel.control.setFaults([]);

    const over = await tick(scene);
    await givenJob(scene.db);
    const later = await tick(scene);

    expect(over.code).to.equal(0);
    expect(over.stderr).to.match(
      /^family-hub-jobs: retry-accounts works again after the problem since .*Z \(2 runs\)\n$/,
    );
    expect(later).to.include({ code: 0, stderr: "" });
  });

  it("is not over because nothing was due for a while, nor another trouble's beginning", async () => {
    await tick(scene);
    await scene.db.query(
      "update auth.queued_managed_account_creations set next_retry_at = now() + interval '1 hour'",
    );
    const idle = await tick(scene);
    await scene.db.query("update auth.queued_managed_account_creations set next_retry_at = now()");
    const again = await tick(scene);
    await scene.zitadel.control.setFaults([{ ...DISCOVERY_DOWN, status: 403 }]);
    const other = await tick(scene);

    expect([idle, again].map(({ stderr }) => stderr)).to.deep.equal(["", ""]);
    expect(other.stderr).to.match(/retry-accounts (refused|unavailable)/);
  });

  it("is reported each time without -q, and by a dry run never", async () => {
    await tick(scene);
    const loud = await scene.cli(["retry-accounts"]);
    const dry = await tick(scene, ["--dry-run"]);

    expect(loud).to.include({ code: 69 });
    expect(loud.stderr).to.match(/unavailable/);
    expect(dry).to.include({ code: 0, stderr: "" });
  });
});

describe("retry-accounts -q with a key that is missing", () => {
  const scene = setScene();

  it("is reported when it begins and when it is over, and the ledger says why", async () => {
    const { id } = await givenJobUnder(scene.db, await generateKey("EC"));

    const runs = [await tick(scene), await tick(scene)];
    const { reason } = await scene.db.one<{ reason: string }>(
      "select reason from family_hub_jobs.runs order by started_at desc limit 1",
    );
    const loud = await scene.cli(["retry-accounts"]);
    await scene.db.query("delete from auth.queued_managed_account_creations where id = $1", [id]);
    await givenJob(scene.db);
    const over = await tick(scene);

    expect(runs.map(({ code }) => code)).to.deep.equal([78, 78]);
    expect(runs[0]?.stderr).to.match(/waiting jobs need password keys/);
    expect(runs[1]?.stderr).to.equal("");
    expect(reason).to.match(/^password keys are missing from the ring: "/);
    expect(loud.stdout).to.match(/ deferred 1 in \d+ ms \(keys missing\)\n$/);
    expect(over.stderr).to.match(/works again after the problem since .* \(3 runs\)/);
  });
});

describe("retry-accounts -q with a backlog", () => {
  const scene = setScene();

  it("is reported once, also where every other run reaches the end of the queue", async () => {
    const told: string[] = [];
    for (const args of [["--max-duration", "0s"], [], ["--max-duration", "0s"]]) {
      await givenJob(scene.db);
      const { code, stderr } = await tick(scene, args);
      expect(code).to.equal(args.length === 0 ? 0 : 75);
      told.push(stderr);
    }

    expect(told[0]).to.match(/stopped: --max-duration was reached\n$/);
    expect(told.slice(1)).to.deep.equal(["", ""]);
  });
});
