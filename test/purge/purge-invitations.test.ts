// Which invitations are deleted, in which steps, and what is said about it.
import { expect } from "chai";
import { givenInvitation, type InvitationFields } from "../support/given.ts";
import { readActions } from "../support/given-history.ts";
import { openTransaction, readRuns } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

interface PurgeJson {
  readonly outcome: string;
  readonly reason: string | null;
  readonly deleted: number;
  readonly batches: number;
}

const daysAgo = (days: number) => `now() - interval '${days} days'`;

async function givenExpired(scene: Scene, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1)
    await givenInvitation(scene.db, { expiresAt: daysAgo(31 + i) });
}

async function invitations(scene: Scene): Promise<string[]> {
  const rows = await scene.db.query<{ id: string }>(
    "select invitation_id as id from auth.family_member_invitations order by expires_at",
  );
  return rows.map(({ id }) => id);
}

describe("purge-invitations", () => {
  const scene = setScene("ef");

  it("deletes what expired more than 30 days ago, except what was accepted", async () => {
    const kept: Record<string, InvitationFields> = {
      live: {},
      "expired 29 days ago": { expiresAt: daysAgo(29), status: "expired" },
      "expired 30 days ago but for a minute": {
        expiresAt: "now() - interval '30 days' + interval '1 minute'",
      },
      accepted: { expiresAt: daysAgo(90), status: "accepted", acceptedAt: daysAgo(100) },
      "accepted, in other case": { expiresAt: daysAgo(90), status: "Accepted " },
      "accepted by its time only": { expiresAt: daysAgo(90), acceptedAt: daysAgo(100) },
      "canceled, not expired": { status: "canceled" },
    };
    const gone: Record<string, InvitationFields> = {
      "pending, expired 31 days ago": { expiresAt: daysAgo(31) },
      "expired 30 days and a minute ago": {
        expiresAt: "now() - interval '30 days' - interval '1 minute'",
      },
      "expired long ago": { expiresAt: daysAgo(800), status: "expired" },
      "canceled long ago": { expiresAt: daysAgo(31), status: "canceled" },
    };
    const names = new Map<string, string>();
    for (const [name, fields] of [...Object.entries(kept), ...Object.entries(gone)]) {
      names.set(await givenInvitation(scene.db, fields), name);
    }

    const report = await scene.json<PurgeJson>(["purge-invitations"]);

    expect(report).to.include({ outcome: "completed", deleted: 4, batches: 1 });
    const left = (await invitations(scene)).map((id) => names.get(id));
    expect(left).to.have.members(Object.keys(kept));
  });

  it("says so in exactly the documented keys", async () => {
    const report = await scene.json<Record<string, unknown>>(["purge-invitations"]);

    expect(Object.keys(report)).to.have.members([
      ...["command", "runId", "outcome", "reason", "startedAt", "finishedAt", "durationMs"],
      ...["deleted", "batches", "refused", "refusedCount"],
    ]);
    expect(report).to.include({ command: "purge-invitations", outcome: "completed", reason: null });
  });

  it("prints one line when it deleted, and nothing when there was nothing to delete", async () => {
    await givenExpired(scene, 2);

    const first = await scene.cli(["purge-invitations"]);
    const second = await scene.cli(["purge-invitations"]);

    expect(first.code).to.equal(0);
    expect(first.stdout).to.match(/^purge-invitations: deleted 2, batches 1 .*\n$/);
    expect(second).to.deep.equal({ code: 0, stdout: "", stderr: "" });
  });

  it("needs neither Zitadel nor a key ring", async () => {
    await givenExpired(scene, 1);
    const none = { ZITADEL_URL: undefined, ZITADEL_KEY: undefined, PASSWORD_KEYS_FILE: undefined };

    const { code } = await scene.cli(["purge-invitations"], none);

    expect(code).to.equal(0);
    expect(await invitations(scene)).to.deep.equal([]);
  });

  it("takes its grace from INVITATION_GRACE, and --grace wins", async () => {
    await givenExpired(scene, 5);

    const { deleted: longest } = await scene.json<PurgeJson>(["purge-invitations"], {
      INVITATION_GRACE: "365d",
    });
    const { deleted: byFlag } = await scene.json<PurgeJson>(
      ["purge-invitations", "--grace", "33d"],
      { INVITATION_GRACE: "365d" },
    );
    const { deleted: none } = await scene.json<PurgeJson>(["purge-invitations", "--grace", "0s"]);

    expect([longest, byFlag, none]).to.deep.equal([0, 3, 2]);
  });

  it("deletes in batches of --batch-size, and counts them", async () => {
    await givenExpired(scene, 5);
    const args = ["purge-invitations", "--batch-size", "2"];

    const five = await scene.json<PurgeJson>(args);
    await givenExpired(scene, 4);
    const four = await scene.json<PurgeJson>(args);

    expect(five).to.include({ deleted: 5, batches: 3 });
    expect(four).to.include({ deleted: 4, batches: 2 });
    expect(await invitations(scene)).to.deep.equal([]);
  });

  it("puts each batch into the audit, with who purged and up to which expiry", async () => {
    await givenExpired(scene, 3);
    const args = ["purge-invitations", "--batch-size", "2", "--grace", "10d"];

    await scene.cli([...args, "--actor", "cron@example"]);
    await scene.cli(args);

    const audit = await readActions(scene.db);
    expect(audit.map(({ after }) => after["deleted"])).to.deep.equal([2, 1]);
    for (const { after, ...line } of audit) {
      expect(line).to.deep.equal({
        ...{ actor: "cron@example", verb: "purge-invitations", reason: null },
        ...{ jobId: null, before: null },
      });
      const ageDays = (Date.now() - Date.parse(String(after["before"]))) / 86_400_000;
      expect(ageDays).to.be.closeTo(10, 0.01);
    }
  });

  it("deletes nothing that it cannot put into the audit", async () => {
    await givenExpired(scene, 1);
    const before = await invitations(scene);
    await scene.db.query(
      "alter table family_hub_jobs.operator_actions add constraint full_up check (false) not valid",
    );

    const { code } = await scene.cli(["purge-invitations"]);
    await scene.db.query("alter table family_hub_jobs.operator_actions drop constraint full_up");

    expect(code).not.to.equal(0);
    expect(await invitations(scene)).to.deep.equal(before);
  });

  it("counts with --dry-run, and deletes nothing", async () => {
    await givenExpired(scene, 3);
    const before = await invitations(scene);

    const report = await scene.json<PurgeJson>(["purge-invitations", "--dry-run"]);

    expect(report).to.include({ outcome: "completed", deleted: 3 });
    expect(await invitations(scene)).to.deep.equal(before);
  });

  it("skips a row that another session has locked", async () => {
    await givenExpired(scene, 3);
    const [busy] = await invitations(scene);
    const other = await openTransaction(
      scene.db,
      `select from auth.family_member_invitations where invitation_id = '${busy}' for update`,
    );

    const report = await scene.json<PurgeJson>(["purge-invitations"]);
    await other.end();

    expect(report).to.include({ outcome: "completed", deleted: 2 });
    expect(await invitations(scene)).to.deep.equal([busy]);
  });

  it("ends with 75 when --max-duration was reached, and the next run continues", async () => {
    await givenExpired(scene, 6);
    const args = ["purge-invitations", "--batch-size", "1"];

    const { code, stdout } = await scene.cli([...args, "--max-duration", "1ms", "--json"]);

    expect(code).to.equal(75);
    const stopped = JSON.parse(stdout) as PurgeJson;
    expect(stopped.outcome).to.equal("stopped");
    expect(stopped.deleted).to.be.below(6);
    expect((await scene.json<PurgeJson>(args)).deleted).to.equal(6 - stopped.deleted);
  });

  it("has a line in the ledger", async () => {
    await givenExpired(scene, 1);

    await scene.cli(["purge-invitations"]);

    const [line] = await readRuns(scene.db);
    expect(line).to.deep.include({
      ...{ command: "purge-invitations", outcome: "completed" },
      counts: { deleted: 1, batches: 1, refusedCount: 0 },
    });
  });
});

describe("purge-invitations in the middle of a batch", () => {
  const scene = setScene("ef");
  const TABLE = "auth.family_member_invitations";
  const waiting = `exists (select from pg_stat_activity where wait_event_type = 'Lock'
    and application_name like 'fhj purge%' and datname = current_database())`;

  it("makes a second one end with 0 and no output, or 75 with --fail-if-locked", async () => {
    await givenExpired(scene, 2);
    const blocker = await openTransaction(scene.db, `lock table ${TABLE} in share mode`);
    const first = scene.start(["purge-invitations", "--json"]);
    await until(scene.db, waiting);

    const silent = await scene.cli(["purge-invitations"]);
    const loud = await scene.cli(["purge-invitations", "--json", "--fail-if-locked"]);
    await blocker.end();

    expect(silent).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(loud.code).to.equal(75);
    expect(JSON.parse(loud.stdout)).to.include({ outcome: "locked", deleted: 0 });
    expect(JSON.parse((await first.ended).stdout)).to.include({ deleted: 2 });
  });

  it("finishes it on SIGTERM, begins no other and ends with 143", async () => {
    await givenExpired(scene, 4);
    const blocker = await openTransaction(scene.db, `lock table ${TABLE} in share mode`);
    const run = scene.start(["purge-invitations", "--batch-size", "1", "--json"]);
    await until(scene.db, waiting);

    await run.interrupt("SIGTERM");
    await blocker.end();
    const { code, stdout } = await run.ended;

    expect(code).to.equal(143);
    expect(JSON.parse(stdout)).to.include({ outcome: "interrupted", deleted: 1 });
    expect(await invitations(scene)).to.have.length(3);
  });

  it("loses nothing when it is killed: the next run continues", async () => {
    await givenExpired(scene, 3);
    const blocker = await openTransaction(scene.db, `lock table ${TABLE} in share mode`);
    const run = scene.start(["purge-invitations", "--batch-size", "1"]);
    await until(scene.db, waiting);

    run.kill("SIGKILL");
    await run.ended;
    await blocker.end();
    const { code } = await scene.cli(["purge-invitations", "--wait", "10s"]);

    expect(code).to.equal(0);
    expect(await invitations(scene)).to.deep.equal([]);
  });
});

describe("purge-invitations --max-duration", () => {
  const scene = setScene("ef");

  /** A run whose first batch is held up until the time is over; it must begin that batch within it. */
  async function purgeOutOfTime(batchSize: string): Promise<{ code: number; report: PurgeJson }> {
    const blocker = await openTransaction(
      scene.db,
      "lock table auth.family_member_invitations in share mode",
    );
    const flags = ["--batch-size", batchSize, "--max-duration", "4s", "--json"];
    const run = scene.start(["purge-invitations", ...flags]);
    await until(
      scene.db,
      `exists (select from pg_stat_activity where wait_event_type = 'Lock'
         and application_name like 'fhj purge%' and datname = current_database()
         and query_start < clock_timestamp() - interval '4 seconds')`,
    );
    await blocker.end();
    const { code, stdout } = await run.ended;
    return { code, report: JSON.parse(stdout) as PurgeJson };
  }

  it("that is long enough changes nothing: completed, 0", async () => {
    await givenExpired(scene, 5);

    const { code, stdout } = await scene.cli([
      ...["purge-invitations", "--batch-size", "2", "--max-duration", "1m", "--json"],
    ]);

    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ outcome: "completed", deleted: 5, batches: 3 });
    expect(await invitations(scene)).to.deep.equal([]);
  });

  it("that is over with the last batch stopped nothing: completed, 0", async () => {
    await givenExpired(scene, 3);

    const { code, report } = await purgeOutOfTime("5");

    expect(code).to.equal(0);
    expect(report).to.include({ outcome: "completed", reason: null, deleted: 3, batches: 1 });
    expect(await invitations(scene)).to.deep.equal([]);
  });

  it("that is over before the last batch stops the run with 75 after this one; the next continues", async () => {
    await givenExpired(scene, 5);

    const { code, report } = await purgeOutOfTime("2");

    expect(code).to.equal(75);
    expect(report).to.include({ outcome: "stopped", deleted: 2, batches: 1 });
    expect(report.reason).to.include("--max-duration");
    expect(await invitations(scene)).to.have.length(3);
    const next = await scene.json<PurgeJson>(["purge-invitations"]);
    expect(next).to.include({ outcome: "completed", deleted: 3 });
    expect(await invitations(scene)).to.deep.equal([]);
  });
});
