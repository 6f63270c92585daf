// queue requeue and queue cancel by filter: exactly the jobs that queue list shows, asked for and counted.
import { expect } from "chai";
import { atTerminal } from "../support/at-terminal.ts";
import { givenFamily, givenJob, readJob, type JobFields } from "../support/given.ts";
import { everything, givenHeld } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

interface ManyJson {
  readonly requeued: readonly string[];
  readonly canceled: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly reason: string }[];
  readonly actionId?: string;
}

const FAILED: JobFields = {
  ...{ status: "failed", retryCount: 5, lastErrorCode: "timeout", lastErrorMessage: "too late" },
  updatedAt: "now() - interval '1 hour'",
};

describe("queue requeue by filter", () => {
  const scene = setScene();
  const many = async (...args: string[]): Promise<ManyJson> => {
    const { stdout, stderr } = await scene.cli(["queue", "requeue", ...args, "--json"]);
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout) as ManyJson;
  };
  const failedAt = (minutesAgo: number, fields: JobFields = {}) =>
    givenJob(scene.db, {
      ...FAILED,
      createdAt: `now() - interval '${minutesAgo} minutes'`,
      ...fields,
    });

  it("requeues failed jobs that match, oldest first, and no other", async () => {
    const young = await failedAt(10);
    const old = await failedAt(20);
    const other = await failedAt(30, { lastErrorCode: "username_taken" });
    await givenJob(scene.db, { lastErrorCode: "timeout" });

    const report = await many("--error", "timeout", "--yes");

    expect(report.requeued).to.deep.equal([old.id, young.id]);
    expect(report.skipped).to.deep.equal([]);
    expect((await readJob(scene.db, other.id)).status).to.equal("failed");
  });

  for (const [flag, fieldsOf] of [
    ["--family", (family: string) => [family, { familyId: family }]],
    ["--username", () => ["anna_b", { username: "Anna_B " }]],
    ["--search", () => ["50%_off", { lastErrorMessage: "got 50%_OFF today" }]],
    ["--since", () => ["90s", { createdAt: "now()" }]],
    ["--status", () => ["FAILED", { createdAt: "now()" }]],
  ] as const) {
    it(`takes ${flag}, and means the jobs that queue list shows for it`, async () => {
      const [value, fields] = fieldsOf(await givenFamily(scene.db)) as [string, JobFields];
      const job = await failedAt(60, fields);
      await failedAt(60, flag === "--status" ? { status: "completed" } : {});
      const listed = await scene.json<{ jobs: { id: string }[] }>(["queue", "list", flag, value]);

      const report = await many(flag, value, "--yes");

      expect(report.requeued).to.deep.equal([job.id]);
      expect(listed.jobs.map(({ id }) => id)).to.deep.equal([job.id]);
    });
  }

  it("refuses to act without ids and filter, and with both, with 64", async () => {
    const job = await failedAt(1);
    const before = await everything(scene.db);

    const none = await scene.cli(["queue", "requeue", "--yes"]);
    const both = await scene.cli(["queue", "requeue", job.id, "--status", "failed", "--yes"]);
    const limited = await scene.cli(["queue", "requeue", job.id, "--limit", "1"]);

    expect([none.code, both.code, limited.code]).to.deep.equal([64, 64, 64]);
    expect(none.stderr).to.include("--status failed");
    expect(both.stderr).to.include("not both");
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("takes no empty value for a filter: a variable that a script forgot must not mean all", async () => {
    await failedAt(1);
    const before = await everything(scene.db);

    for (const verb of ["requeue", "cancel", "list"]) {
      for (const flag of ["--search", "--username"]) {
        const yes = verb === "list" ? [] : ["--yes"];
        const { code, stderr } = await scene.cli(["queue", verb, flag, " ", ...yes]);

        expect({ verb, flag, code }).to.deep.equal({ verb, flag, code: 64 });
        expect(stderr).to.include(`${flag} is empty`);
      }
    }
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("takes any number, in pieces that commit one by one, and is one action to undo", async () => {
    await scene.db.query(
      `insert into auth.queued_managed_account_creations
         (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status)
       select gen_random_uuid(), $1, 'kid', 'Kim', 'managed_account', 'x', $1, 'failed'
       from generate_series(1, 2500)`,
      [await givenFamily(scene.db)],
    );

    const { requeued, skipped, actionId } = await many(
      "--status",
      "failed",
      "--yes",
      "--rate",
      "1/s",
    );

    expect([requeued.length, skipped.length]).to.deep.equal([2500, 0]);
    const spread = await scene.db.one<{ transactions: number; last: number }>(
      `select count(distinct q.xmin::text)::int as transactions,
              round(extract(epoch from max(next_retry_at) - min(next_retry_at)))::int as last
       from auth.queued_managed_account_creations q`,
    );
    expect(spread.transactions).to.equal(3);
    // Each transaction counts from its own now.
    expect(spread.last).to.be.within(2499, 2520);
    const undone = await scene.json<{ undone: string[] }>(["queue", "undo", String(actionId)]);
    expect(undone.undone).to.deep.equal(requeued);
  });

  it("lets no character of a wrong id move the cursor", async () => {
    const stdin = "\u001b]0;pwned\u0007\u009b2J\u202e\n";

    const { code, stderr } = await scene.cli(["queue", "requeue", "-"], {}, { stdin });

    expect(code).to.equal(64);
    expect(stderr.trimEnd()).to.match(/^[\x20-\x7e…]+$/);
  });

  it("refuses a filter without --yes where nobody can be asked, with 64", async () => {
    await failedAt(1);
    const before = await everything(scene.db);

    const { code, stderr } = await scene.cli(["queue", "requeue", "--status", "failed"]);

    expect(code).to.equal(64);
    expect(stderr).to.include("--yes").and.to.include("--dry-run");
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("says with --dry-run what it would do, asks nothing and changes nothing", async () => {
    const job = await failedAt(1);
    const gone = await failedAt(2, { encryptedPassword: "" });
    const before = await everything(scene.db);

    const { code, stdout } = await scene.cli(["queue", "requeue", "--since", "1d", "--dry-run"]);

    expect(code).to.equal(0);
    expect(stdout).to.include(`job/${job.id} would be requeued\n`);
    expect(stdout).to.include(`job/${gone.id} skipped: its password is erased`);
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("groups what it skips for one reason, and lists it with -v and in JSON", async () => {
    const job = await failedAt(1);
    const gone: string[] = [];
    for (let n = 2; n < 8; n += 1) gone.push((await failedAt(n, { encryptedPassword: "" })).id);
    const call = ["queue", "requeue", "--since", "1d", "--dry-run"];

    const grouped = await scene.cli(call);
    const listed = await scene.cli([...call, "-v"]);
    const { skipped } = await scene.json<ManyJson>(call);

    const [first, second, ...others] = grouped.stdout.trimEnd().split("\n");
    expect(first).to.equal(`job/${job.id} would be requeued`);
    expect(second).to.match(/^6 skipped: its password is erased.* \(-v lists them\)$/);
    expect(others).to.deep.equal([]);
    for (const id of gone) expect(listed.stdout).to.include(`job/${id} skipped: its password`);
    expect(skipped.map(({ id }) => id)).to.have.members(gone);
  });

  it("does nothing with 1 when others than --expect would be requeued", async () => {
    await failedAt(1);
    await failedAt(2, { encryptedPassword: "" });
    const before = await everything(scene.db);
    const args = ["queue", "requeue", "--status", "failed", "--yes", "--expect"];

    const two = await scene.cli([...args, "2"]);
    const untouched = await everything(scene.db);
    const one = await scene.cli([...args, "1"]);

    expect(two.code).to.equal(1);
    expect(two.stdout).to.equal("");
    expect(two.stderr).to.include("--expect is 2, but 1 would be requeued");
    expect(untouched).to.deep.equal(before);
    expect(one.code).to.equal(0);
  });

  it("takes only the oldest with --limit", async () => {
    await failedAt(1);
    const oldest = await failedAt(9);
    await failedAt(5);

    expect((await many("--status", "failed", "--limit", "1", "--yes")).requeued).to.deep.equal([
      oldest.id,
    ]);
  });

  it("spreads the jobs over time with --rate, oldest first, and skipped ones take no place", async () => {
    const jobs = [await failedAt(9), await failedAt(8), await failedAt(7)];
    await failedAt(10, { encryptedPassword: "" });
    await failedAt(8.5, { encryptedPassword: "" });

    await many("--status", "failed", "--rate", "30/m", "--yes");

    const waits = await Promise.all(
      jobs.map(async ({ id }) => (await readJob(scene.db, id)).waitS),
    );
    expect(waits).to.deep.equal([0, 2, 4]);
  });

  it("spreads named jobs in the order in which they are given", async () => {
    const [a, b] = [await failedAt(9), await failedAt(8)];

    await many(b.id, a.id, "--rate", "1/s");

    expect((await readJob(scene.db, b.id)).waitS).to.equal(0);
    expect((await readJob(scene.db, a.id)).waitS).to.equal(1);
  });

  it("refuses a --rate that is none, with 64", async () => {
    const { code, stderr } = await scene.cli(["queue", "requeue", "--due", "--rate", "fast"]);

    expect(code).to.equal(64);
    expect(stderr).to.include("'fast'").and.to.include("5/s");
  });

  it("names the run that holds a stuck or processing job, and leaves it alone", async () => {
    const held = await givenJob(scene.db);
    await givenHeld(scene.db, held, "1 minute");

    const report = await many("--status", "processing", "--yes");

    expect(report.requeued).to.deep.equal([]);
    expect(report.skipped[0]?.reason).to.match(/run \S{36} holds it until/);
  });

  it("matches nothing with 0, and says so", async () => {
    const { code, stdout, stderr } = await scene.cli(["queue", "requeue", "--due", "--yes"]);

    expect([code, stdout]).to.deep.equal([0, ""]);
    expect(stderr).to.equal("No jobs match.\n");
  });

  it("that matches nothing names the fingerprint it looked for, and where they are listed", async () => {
    const { stderr } = await scene.cli([
      "queue",
      "requeue",
      "--error",
      "internal/13/No-Such",
      "--yes",
    ]);

    expect(stderr).to.equal(
      "No jobs match.\n`queue errors` lists the causes that jobs have; none is internal/13/No-Such.\n",
    );
  });

  it("changes nothing the second time", async () => {
    await failedAt(1);
    await many("--error", "timeout", "--yes");
    const before = await everything(scene.db);

    const second = await many("--error", "timeout", "--yes");

    expect(second).to.deep.equal({ requeued: [], skipped: [] });
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("takes a fingerprint of queue errors for --error, and means that cause only", async () => {
    const job = async (errorId: string | null) => {
      const { id } = await failedAt(1, { lastErrorCode: "internal" });
      await scene.db.query(
        `insert into family_hub_jobs.attempts
           (job_id, run_id, outcome, retry_count, error_code, grpc_code, zitadel_error_id, duration_ms)
         values ($1, $1, 'failed', 5, 'internal', 13, $2, 1)`,
        [id, errorId],
      );
      return id;
    };
    const [named, , nameless] = [await job("SQL-KyeAx"), await job("SQL-other"), await job(null)];
    const { errors } = await scene.json<{ errors: { fingerprint: string }[] }>(["queue", "errors"]);

    const one = await many("--error", "internal/13/SQL-KyeAx", "--yes");
    const other = await many("--error", "internal/13", "--yes");
    const wrong = await scene.cli(["queue", "requeue", "--error", "intern/13", "--yes"]);

    expect(errors.map(({ fingerprint }) => fingerprint)).to.include("internal/13/SQL-KyeAx");
    expect(one.requeued).to.deep.equal([named]);
    expect(other.requeued).to.deep.equal([nameless]);
    expect(wrong.code).to.equal(64);
    expect(wrong.stderr).to.include('--error is "intern/13"').and.to.include("queue errors");
  });

  describe("at a terminal", () => {
    const ask = (answer: () => Promise<string | null>, ...args: string[]) =>
      atTerminal(["queue", "requeue", ...args], scene.env, answer);

    it("shows the count and acts on a yes", async () => {
      const [a] = [await failedAt(3), await failedAt(2, { encryptedPassword: "" })];

      const result = await ask(async () => "y", "--status", "failed");

      expect(result.code).to.equal(0);
      expect(result.stderr).to.include("Requeue 1 job (1 more match and are not touched)? [y/N] ");
      expect(result.stdout).to.include(`job/${a.id} requeued`);
    });

    it("does nothing on anything else, with 1", async () => {
      await failedAt(3);
      const before = await everything(scene.db);

      const result = await ask(async () => "maybe", "--status", "failed");

      expect(result.code).to.equal(1);
      expect(result.stderr).to.match(/Nothing was requeued\.\n$/);
      expect(await everything(scene.db)).to.deep.equal(before);
    });

    it("acts on exactly the jobs that were counted, whatever has come since", async () => {
      const [first, second] = [await failedAt(3), await failedAt(2)];
      let late: string | null = null;

      const result = await ask(
        async () => {
          ({ id: late } = await failedAt(1));
          await scene.cli(["queue", "requeue", first.id]);
          return "yes";
        },
        "--status",
        "failed",
      );

      expect(result.stdout).to.equal(
        `job/${second.id} requeued\njob/${first.id} skipped: it no longer matches: it\n  changed in the meantime\n`,
      );
      expect((await readJob(scene.db, late ?? "")).status).to.equal("failed");
    });

    it("skips what was shown as skipped, and what no longer matches, whatever they are by then", async () => {
      const [failed, held] = [await failedAt(3), await givenJob(scene.db)];
      await givenHeld(scene.db, held, "1 minute");
      const back = "update auth.queued_managed_account_creations set status = 'pending'";

      const { stdout } = await atTerminal(
        ["queue", "cancel", "--status", "failed,processing"],
        scene.env,
        async () => {
          await scene.db.query(back);
          return "y";
        },
      );

      expect(stdout).to.include(`job/${failed.id} skipped: it no longer matches`);
      expect(stdout).to.include(`job/${held.id} skipped: processing`);
      for (const { id } of [failed, held]) {
        expect((await readJob(scene.db, id)).status).to.equal("pending");
      }
    });

    it("skips what no longer matches after the yes, also when it was verified", async () => {
      const [moved, same] = [await failedAt(3), await failedAt(2)];

      const { stdout } = await ask(
        async () => {
          await scene.db.query(
            `update auth.queued_managed_account_creations
             set last_error_code = 'username_taken' where id = $1`,
            [moved.id],
          );
          return "y";
        },
        ...["--error", "timeout", "--verified"],
      );

      expect(stdout).to.include(`job/${same.id} requeued`);
      expect(stdout).to.include(`job/${moved.id} skipped: it no longer matches`);
      expect((await readJob(scene.db, moved.id)).status).to.equal("failed");
    });

    it("asks nothing where nothing would change", async () => {
      const result = await ask(() => Promise.reject(new Error("asked")), "--due");

      expect(result.code).to.equal(0);
      expect(result.stderr).to.equal("No jobs match.\n");
    });
  });
});

describe("queue cancel by filter", () => {
  const scene = setScene();

  it("cancels pending and failed jobs that match, after --yes, and no other", async () => {
    const familyId = await givenFamily(scene.db);
    const pending = await givenJob(scene.db, { familyId });
    const failed = await givenJob(scene.db, { ...FAILED, familyId });
    await givenJob(scene.db, { familyId, status: "completed" });
    const other = await givenJob(scene.db);
    const args = ["queue", "cancel", "--family", familyId, "--json"];

    const unasked = await scene.cli(args);
    const done = await scene.cli([...args, "--yes", "--expect", "2", "--reason", "moved away"]);
    const again = await scene.cli([...args, "--yes"]);

    expect(unasked.code).to.equal(64);
    const { canceled, skipped } = JSON.parse(done.stdout) as ManyJson;
    expect(canceled).to.have.members([pending.id, failed.id]);
    expect(skipped).to.deep.equal([]);
    expect((JSON.parse(again.stdout) as ManyJson).canceled).to.deep.equal([]);
    expect((await readJob(scene.db, other.id)).status).to.equal("pending");
  });

  it("does nothing with 1 when the count moved", async () => {
    await givenJob(scene.db, FAILED);
    const before = await everything(scene.db);

    const { code, stderr } = await scene.cli([
      "queue",
      "cancel",
      "--status",
      "failed",
      "--yes",
      "--expect",
      "4",
    ]);

    expect(code).to.equal(1);
    expect(stderr).to.include("1 would be canceled");
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("asks at a terminal, and says that the passwords go", async () => {
    await givenJob(scene.db, FAILED);
    const before = await everything(scene.db);

    const { code, stderr } = await atTerminal(
      ["queue", "cancel", "--status", "failed"],
      scene.env,
      async () => null,
    );

    expect(code).to.equal(1);
    expect(stderr).to.include("Permanently cancel 1 job and erase the passwords? [y/N]");
    expect(await everything(scene.db)).to.deep.equal(before);
  });
});
