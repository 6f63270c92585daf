// What long runs look like while they work, and what stays of it when they have ended.
import { expect } from "chai";
import { givenFamily, givenInvitation, givenJob } from "../support/given.ts";
import { atTerminalOf } from "../support/at-terminal.ts";
import { startAtTerminal, type AtTerminal } from "../support/pseudo-terminal.ts";
import { openTransaction } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

const withFixedPace = (text: string) =>
  text
    .replace(/ {2}[\d.]+\/s/, "")
    .replace(/ {2}\d+[smh] left/, "")
    .replace(/in \d+ ms/, "in 900 ms")
    .replace(/^\d\d:\d\d:\d\d/gm, "12:00:00");

describe("the screen of a long run", () => {
  const scene = setScene();

  /** Two accounts are created, the third job is refused, the fourth waits. */
  async function inTheMiddle(columns: number): Promise<AtTerminal> {
    for (const username of ["kid_1", "kid_2", "kid_3", "kid_4"]) {
      await givenJob(scene.db, { username, nextRetryAt: "now() - interval '1 hour'" });
    }
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", match: { username: "kid_3" }, kind: "grpc", code: 14 },
    });
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", match: { username: "kid_4" }, kind: "pause" },
      ...{ name: "call", at: "before" },
    });
    const env = { ...scene.env, RETRY_CONCURRENCY: "4" };
    return startAtTerminal(["retry-accounts"], env, { columns, rows: 12 });
  }

  async function finish(terminal: AtTerminal): Promise<string> {
    await scene.zitadel.control.waitForPaused({ name: "call" });
    await scene.zitadel.control.release("call");
    expect(await terminal.ended).to.equal(0);
    return withFixedPace(terminal.all());
  }

  it("says in one line how far it has come, below the log, and leaves only the summary", async () => {
    const terminal = await inTheMiddle(80);

    const middle = await terminal.until(/created 2, retried 1/);
    const end = await finish(terminal);

    expect(withFixedPace(middle).replace(/jobId=\S+ durationMs=\d+/, "(fields)")).to.match(
      /^12:00:00 info {2}job will be retried [^]*\nretry-accounts {2}█{15}░{5} {2}3\/4 {2}created 2, retried 1$/,
    );
    expect(end.replaceAll("\n", "")).to.match(/: due 4, .*created 3, .*in 900 ms \(completed\)$/);
    expect(end).not.to.match(/█/);
  });

  it("is no wider than 60 columns", async () => {
    const terminal = await inTheMiddle(60);

    const middle = await terminal.until(/3\/4.*created 2, retried 1/);
    await finish(terminal);

    expect(middle.split("\n").at(-1)?.length).to.be.below(60);
    expect(middle).to.match(/ job will be retried\n {15}jobId=\S+\n {15}outcome=/);
    expect(terminal.overflows()).to.equal(false);
  });

  it("says once why it ended early", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.setDown(true);

    const { text, code } = await atTerminalOf({ columns: 200 }, ["retry-accounts"], scene.env);

    expect(code).to.equal(69);
    expect(text).to.match(
      / ms \(unavailable\)\nfamily-hub-jobs: retry-accounts unavailable: Zitadel/,
    );
    expect(text.match(/is unreachable/g)).to.have.length(1);
  });

  for (const [flag, env] of [
    ["--quiet", {}],
    ["--json", {}],
    ["--verbose", {}],
    ["--wait=0s", { TERM: "dumb" }],
    ["--wait=0s", { LOG_LEVEL: "debug" }],
  ] as const) {
    it(`has no such line with ${flag} ${JSON.stringify(env)}`, async () => {
      await givenJob(scene.db);
      const size = { columns: 80, rows: 12 };

      const terminal = startAtTerminal(["retry-accounts", flag], { ...scene.env, ...env }, size);

      expect(await terminal.ended).to.equal(0);
      expect(terminal.raw()).not.to.match(/\r\u001b\[K/);
    });
  }

  it("shows a purge, too, and what it purged", async () => {
    for (let n = 0; n < 3; n += 1) {
      await givenInvitation(scene.db, { expiresAt: `now() - interval '${40 + n} days'` });
    }
    await scene.db.query(HOLD);
    const other = await openTransaction(scene.db, "select pg_advisory_xact_lock(4711)");
    const args = ["purge-invitations", "--batch-size", "1"];
    const terminal = startAtTerminal(args, scene.env, { columns: 80, rows: 12 });

    const middle = await terminal.until(/1\/3/);
    await other.end();
    expect(await terminal.ended).to.equal(0);
    await scene.db.query(LET_GO);

    expect(withFixedPace(middle)).to.equal(
      "purge-invitations  ██████░░░░░░░░░░░░░░  1/3  deleted 1",
    );
    expect(withFixedPace(terminal.all())).to.equal(
      "purge-invitations: deleted 3, batches 3 in 900 ms (completed)\n" +
        "Deleted 3 invitations. This cannot be undone.",
    );
  });

  it("shows how many accounts queue verify has asked for, and makes way for its table", async () => {
    for (const username of ["kid_1", "kid_2", "kid_3", "kid_4"]) {
      await givenJob(scene.db, { username, status: "failed", lastErrorCode: "timeout" });
    }
    const { control } = scene.zitadel;
    const pause = { method: "GetUserByID", kind: "pause", name: "call", at: "before" } as const;
    await control.addFault({ ...pause, skip: 1, times: 1 });
    const args = ["queue", "verify", "--status", "failed"];
    const env = { ...scene.env, ZITADEL_ORG_ID: scene.zitadel.orgId };
    const terminal = startAtTerminal(args, env, { columns: 80, rows: 12 });

    const middle = await terminal.until(/3\/4/);
    await control.waitForPaused({ name: "call" });
    await control.release("call");
    expect(await terminal.ended).to.equal(0);

    expect(withFixedPace(middle)).to.equal("queue verify  ███████████████░░░░░  3/4");
    expect(terminal.all()).to.match(/\bVERDICT\b[^]*\babsent\b/);
    expect(terminal.all()).not.to.match(/█/);
  });

  it("shows how far a verb has come that changes more jobs than fit into one transaction", async () => {
    const family = await givenFamily(scene.db);
    await scene.db.query(
      `insert into auth.queued_managed_account_creations
         (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status, created_at)
       select gen_random_uuid(), $1, 'kid_' || n, 'Kim', 'managed_account', 'x', $1, 'failed',
              now() - interval '1 day' + n * interval '1 second'
       from generate_series(1, 1500) n`,
      [family],
    );
    await scene.db.query(HOLD_LATER_PIECES);
    const other = await openTransaction(scene.db, "select pg_advisory_xact_lock(4711)");
    const args = ["queue", "requeue", "--status", "failed", "--yes"];
    const terminal = startAtTerminal(args, scene.env, { columns: 80, rows: 12 });

    const middle = await terminal.until(/1,000\/1,500/);
    await other.end();
    expect(await terminal.ended).to.equal(0);
    await scene.db.query("drop trigger hold on auth.queued_managed_account_creations");
    await scene.db.query("drop function public.hold()");

    expect(withFixedPace(middle)).to.equal(
      "queue requeue  █████████████░░░░░░░  1,000/1,500  requeued 1,000",
    );
    expect(terminal.all()).to.match(/1500 requeued, 0 skipped\.\nTo undo: /);
    expect(terminal.all()).not.to.match(/█/);
  });
});

/** Every batch but the first waits for the advisory lock. */
const HOLD = `
  create function public.hold() returns trigger language plpgsql as $$
  begin
    if (select count(*) from auth.family_member_invitations) < 3 then
      perform pg_advisory_xact_lock(4711);
    end if;
    return old;
  end $$;
  create trigger hold before delete on auth.family_member_invitations
    for each row execute function public.hold();`;

const LET_GO = "drop trigger hold on auth.family_member_invitations; drop function public.hold()";

/** Every change of a job that was not among the first thousand waits for the advisory lock. */
const HOLD_LATER_PIECES = `
  create function public.hold() returns trigger language plpgsql as $$
  begin
    if substring(old.username from '[0-9]+')::int > 1000 then
      perform pg_advisory_xact_lock(4711);
    end if;
    return new;
  end $$;
  create trigger hold before update on auth.queued_managed_account_creations
    for each row execute function public.hold();`;
