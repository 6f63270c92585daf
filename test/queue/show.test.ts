// queue show: one job with its whole past, who holds it, and what comes next.
import { hostname } from "node:os";
import { expect } from "chai";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJob, readJob, sealForTest, whenDue, type GivenJob } from "../support/given.ts";
import { givenRing } from "../support/given-ring.ts";
import { ecdhJwe } from "../support/hand-made-jwe.ts";
import { everything, givenHeld, moment, whenLeasesEnd } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";
import { until } from "../support/wait-until.ts";

type Entry = Readonly<Record<string, unknown>> & {
  readonly at: string | null;
  readonly kind: string;
};

interface ShowJson {
  readonly job: Readonly<Record<string, unknown>>;
  readonly timeline: readonly Entry[];
}

const UNKNOWN = "00000000-0000-4000-8000-000000000000";
const EVENTS = "FamilyHub.Modules.Auth.Domain.Events";
interface RemarksJson {
  readonly remarks: readonly { readonly code: string; readonly text: string }[];
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

function show({ json }: Scene, { id }: { id: string }, env = {}): Promise<ShowJson> {
  return json<ShowJson>(["queue", "show", id], env);
}

/** Without times and run ids, which differ from run to run. */
function gist({ timeline }: ShowJson): object[] {
  return timeline.map(({ at: _at, runId: _run, eventId: _event, actionId: _action, ...entry }) => {
    const { durationMs: _ms, traceparent: _trace, ...rest } = entry;
    return rest;
  });
}

function last({ timeline }: ShowJson): Entry | undefined {
  return timeline.at(-1);
}

async function setColumn({ db }: Scene, { id }: { id: string }, column: string, value: string) {
  await db.query(`update auth.queued_managed_account_creations set ${column} = $2 where id = $1`, [
    id,
    value,
  ]);
}

for (const variant of VARIANTS) {
  describe(`queue show --json on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("merges attempts, actions and events into one timeline, in the order of time", async () => {
      const job = await givenJob(scene.db, { createdAt: moment(variant, "-90 minutes") });
      const { control } = scene.zitadel;
      const internal = { method: "CreateUser", kind: "grpc", code: 13, times: 1 } as const;
      await control.addFault(internal);
      await scene.retry();
      await control.addFault({ ...internal, code: 3 });
      await whenDue(scene.db);
      await scene.retry();
      await scene.cli([
        ...["queue", "requeue", job.id, "--actor", "alice", "--reason", "the name was mended"],
      ]);
      await scene.retry();
      const listed = await scene.json<{ jobs: object[] }>(["queue", "list"]);

      const answer = await show(scene, job);

      const { encryptedPassword: _erased, ...row } = await readJob(scene.db, job.id);
      expect(row.status).to.equal("completed");
      expect(answer.job).to.deep.equal({ ...listed.jobs[0], password: "erased", keyId: null });
      const requeuedAt = answer.timeline.find(({ kind }) => kind === "action")?.at;
      const said = { lastErrorCode: "invalid_argument", nextRetryAt: null };
      const event = { kind: "event", status: "pending", processedAt: null };
      expect(gist(answer)).to.deep.equal([
        { kind: "created", createdByUserId: answer.job["createdByUserId"] },
        {
          ...{ kind: "attempt", outcome: "retried", retryCount: 1, errorCode: "internal" },
          ...{
            grpcCode: 13,
            zitadelErrorId: null,
            message: "Zitadel: an internal failure (INTERNAL)",
          },
        },
        {
          ...{ kind: "attempt", outcome: "failed", retryCount: 1, errorCode: "invalid_argument" },
          ...{ grpcCode: 3, zitadelErrorId: null },
          message: "Zitadel: the request was rejected (INVALID_ARGUMENT)",
        },
        { ...event, type: `${EVENTS}.ManagedAccountCreationFailedEvent` },
        {
          ...{ kind: "action", verb: "requeue", actor: "alice", reason: "the name was mended" },
          before: { ...said, status: "failed", retryCount: 1 },
          after: { ...said, status: "pending", retryCount: 0, nextRetryAt: requeuedAt },
        },
        {
          ...{ kind: "attempt", outcome: "created", retryCount: 0, errorCode: null },
          ...{ grpcCode: null, zitadelErrorId: null, message: null },
        },
        { ...event, type: `${EVENTS}.ManagedAccountCreatedEvent` },
        { kind: "next", what: "nothing", why: "completed" },
      ]);
      const times = answer.timeline.slice(0, -1).map(({ at }) => at);
      for (const at of times) expect(at).to.match(ISO);
      expect(times).to.deep.equal(times.toSorted());
      expect(Math.round((Date.now() - Date.parse(times[0] ?? "")) / 60_000)).to.equal(90);
    });

    it("remarks on a job that was created in the future, and on no other", async () => {
      const ahead = {
        createdAt: moment(variant, "2 hours"),
        updatedAt: moment(variant, "2 hours"),
      };
      const odd = await givenJob(scene.db, ahead);
      const usual = await givenJob(scene.db);

      const { remarks } = await scene.json<RemarksJson>(["queue", "show", odd.id]);
      const text = await scene.cli(["queue", "show", odd.id]);

      expect(remarks.map(({ code }) => code)).to.deep.equal(["created_ahead", "updated_ahead"]);
      expect(text.stdout).to.match(
        /^Remark +Its created_at is \d+[mh] ahead of the database's clock\..* in local time: /m,
      );
      expect((await scene.json<RemarksJson>(["queue", "show", usual.id])).remarks).to.deep.equal(
        [],
      );
    });

    it("reports a row that the tool never touched, whatever its status", async () => {
      const created = { createdAt: "'2026-01-02 03:04:05.678'" };
      const fresh = await givenJob(scene.db, { ...created, nextRetryAt: "null" });
      const later = await givenJob(scene.db, { nextRetryAt: "'2099-01-02 03:04:05'" });
      const never = await givenJob(scene.db, { nextRetryAt: "'infinity'" });
      const odd = await givenJob(scene.db, { ...created, status: " Archived" });
      const foreign = await givenJob(scene.db, {
        ...{ ...created, status: "Processing", updatedAt: moment(variant, "-90 seconds") },
      });

      const answers = await Promise.all(
        [fresh, later, never, odd, foreign].map((job) => show(scene, job, { RETRY_LEASE: "2m" })),
      );

      const [ofFresh, , , ofOdd, ofForeign] = answers;
      expect(ofFresh?.timeline[0]).to.deep.equal({
        ...{ at: "2026-01-02T03:04:05.678Z", kind: "created" },
        createdByUserId: ofFresh?.job["createdByUserId"],
      });
      expect(ofOdd?.job).to.include({ status: "archived", password: "present" });
      const [, lease] = ofForeign?.timeline ?? [];
      expect(lease).to.include({ kind: "lease", runId: null, host: null, pid: null });
      const leftS = (Date.parse(String(lease?.["expiresAt"])) - Date.now()) / 1000;
      expect(leftS).to.be.within(10, 31);
      expect(answers.map(last)).to.deep.equal([
        { at: null, kind: "next", what: "try", due: true },
        { at: "2099-01-02T03:04:05.000Z", kind: "next", what: "try", due: false },
        { at: null, kind: "next", what: "nothing", why: "never" },
        { at: null, kind: "next", what: "nothing", why: "left_alone" },
        { at: lease?.["expiresAt"], kind: "next", what: "settle" },
      ]);
    });

    it("finds the events without reading the outbox from end to end", async () => {
      await scene.db.query(
        `insert into auth.outbox_events
           (event_id, event_type, event_version, aggregate_type, aggregate_id, payload, status, created_at)
         select gen_random_uuid(), 'Other', 1, 'Other', gen_random_uuid(), '{}', n % 3,
                now() - n * interval '1 second'
         from generate_series(1, 20000) n`,
      );
      const job = await givenJob(scene.db, { encryptedPassword: "garbage" });
      await scene.retry();
      await scene.cli(["queue", "cancel", job.id]);
      await scene.db.query("analyze auth.outbox_events");
      const scans = () =>
        scene.db.one<{ scans: string }>(
          "select seq_scan as scans from pg_stat_user_tables where relname = 'outbox_events'",
        );
      await countEverything(scene);
      const before = await scans();

      const answer = await show(scene, job);

      await countEverything(scene);
      expect(await scans()).to.deep.equal(before);
      expect(answer.timeline.map(({ kind }) => kind)).to.deep.equal([
        ...["created", "attempt", "event", "action", "next"],
      ]);
    });
  });
}

describe("queue show of a job that is being worked on", () => {
  const scene = setScene();

  async function givenRunInMidCall() {
    const job = await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
    });
    const run = scene.start(["retry-accounts", "--json"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });
    return { job, run };
  }

  it("names the run that holds it, where that runs and how long, without waiting for it", async () => {
    const { job, run } = await givenRunInMidCall();

    const answer = await show(scene, job);
    const text = await scene.cli(["queue", "show", job.id]);
    await scene.zitadel.control.release("call");
    const { runId } = JSON.parse((await run.ended).stdout) as { runId: string };

    const [, lease, next] = answer.timeline;
    expect(lease).to.deep.include({
      ...{ kind: "lease", runId, command: "retry-accounts" },
      ...{ host: hostname(), pid: run.process.pid, at: answer.job["updatedAt"] },
    });
    const expiresAt = String(lease?.["expiresAt"]);
    expect((Date.parse(expiresAt) - Date.parse(lease?.at ?? "")) / 1000).to.be.within(299, 301);
    expect(next).to.deep.equal({ at: expiresAt, kind: "next", what: "settle" });
    expect(text.stdout).to.include(`run ${runId} holds it; its lease ends ${expiresAt}`);
    expect(text.stdout).to.include(`retry-accounts on ${hostname()}, pid ${run.process.pid}`);
  });

  it("says that the lease of a dead run is over", async () => {
    const { job, run } = await givenRunInMidCall();
    run.kill("SIGKILL");
    await run.ended;
    await whenLeasesEnd(scene.db);

    const answer = await show(scene, job);
    const text = await scene.cli(["queue", "show", job.id]);

    const [, lease, next] = answer.timeline;
    expect(lease).to.include({ kind: "lease", pid: run.process.pid });
    expect(next).to.deep.equal({ at: lease?.["expiresAt"], kind: "next", what: "rescue" });
    expect(text.stdout).to.match(/held it; its lease ended .*\n.*pid \d+\n$/);
    expect(text.stdout).to.match(/^Why not now {3}Run \S+ \(host .*\) died /m);
  });

  it("knows a run by its id alone where the ledger lacks it, and a lease without an end", async () => {
    const job = await givenJob(scene.db);
    await givenHeld(scene.db, job, "1 minute");
    await setColumn(scene, job, "lease_expires_at", "infinity");

    const answer = await show(scene, job);
    const text = await scene.cli(["queue", "show", job.id]);

    const [, lease, next] = answer.timeline;
    expect(lease).to.include({ kind: "lease", command: null, host: null });
    expect(lease?.["runId"]).to.match(/^[0-9a-f-]{36}$/);
    // No run writes such a lease: it counts from the last change.
    expect(Date.parse(String(lease?.["expiresAt"])) - Date.now()).to.be.within(240_000, 300_000);
    expect(next).to.deep.equal({ at: lease?.["expiresAt"], kind: "next", what: "settle" });
    expect(text.stdout).to.include("holds it; its lease ends").and.not.to.include("never");
  });
});

describe("the password in queue show", () => {
  const scene = setScene();

  async function shownFor(encryptedPassword: (job: GivenJob) => string | Promise<string>) {
    const job = await givenJob(scene.db);
    const value = await encryptedPassword(job);
    await setColumn(scene, job, "encrypted_password", value);
    const answer = await show(scene, job);
    const text = await scene.cli(["queue", "show", job.id, "-v"]);
    const line = /^Password +(.*)$/m.exec(text.stdout)?.[1];
    const all = JSON.stringify(answer) + text.stdout + text.stderr;
    return { password: answer.job["password"], keyId: answer.job["keyId"], line, all, value };
  }

  it("is present under the key that its envelope names, and nothing else of it is shown", async () => {
    const { key } = await givenRing();

    const seen = await shownFor(({ id, password }) => ecdhJwe(key, { jid: id }, password));

    expect(seen).to.include({ password: "present", keyId: key.kid });
    expect(seen.line).to.equal(`present, key ${key.kid}`);
    for (const part of seen.value.split(".").filter((text) => text !== "")) {
      expect(seen.all).not.to.include(part.slice(0, 12));
    }
  });

  it("is erased when nothing is left of it", async () => {
    const seen = await shownFor(() => "");

    expect(seen).to.include({ password: "erased", keyId: null, line: "erased" });
  });

  it("is present without a key where it is no envelope, and is not shown", async () => {
    const garbage = ["Aa1!in_the_clear", "Aa1.in.the.clear.dots", "a..b.c", "x".repeat(400)];

    const seen = await Promise.all(garbage.map((text) => shownFor(() => text)));

    for (const { password, keyId, line, all, value } of seen) {
      expect({ password, keyId, line }).to.deep.equal({
        ...{ password: "present", keyId: null, line: "present" },
      });
      expect(all).not.to.include(value);
    }
  });

  it("shows no key whose name would write over the terminal", async () => {
    const { key } = await givenRing();
    const kids = ["\u001b]0;owned\u0007", "two words", "k".repeat(101), "\u202eyek", ""];

    const seen = await Promise.all(
      kids.map((kid) =>
        shownFor(({ id, password }) => ecdhJwe({ ...key, kid }, { jid: id }, password)),
      ),
    );

    for (const { keyId, line } of seen) {
      expect({ keyId, line }).to.deep.equal({ keyId: null, line: "present" });
    }
  });
});

describe("queue show", () => {
  const scene = setScene("ef");

  it("is readable without a terminal: aligned, times in ISO 8601, what to do above the timeline", async () => {
    const job = await givenJob(scene.db, { username: "kid_smith", createdAt: "'2026-01-02'" });
    const other = await scene.zitadel.control.addUser({ username: "kid_smith" });
    await scene.retry();
    await scene.db.query(
      "update auth.outbox_events set status = 1, processed_at = '2026-02-01T00:00:00Z'",
    );
    const { timeline } = await show(scene, job);
    const { runId, durationMs, at } = timeline[1] as { runId: string } & Entry;

    const { code, stdout, stderr } = await scene.cli(["queue", "show", `job/${job.id}`]);

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    const indent = " ".repeat(35);
    expect(stdout.slice(stdout.indexOf("WHEN"))).to.equal(
      [
        "WHEN                      WHAT     DETAILS",
        `2026-01-02T00:00:00.000Z  created  by user ${timeline[0]?.["createdByUserId"]}`,
        `${at}  attempt  username_taken: failed permanently`,
        `${indent}The username belongs to another user in Zitadel: user ${other.userId} of organization ${other.orgId}`,
        `${indent}gRPC code 6, Zitadel error V3-DKcYh, took ${durationMs} ms, run ${runId}`,
        `${at}  event    ManagedAccountCreationFailedEvent in the outbox, published 2026-02-01T00:00:00.000Z`,
        "",
      ].join("\n"),
    );
    expect(stdout).to.match(/^Job {11}[0-9a-f-]{36}\nStatus {8}failed\nRetries {7}0 of 5\n/);
    expect(stdout).to.match(/^Username {6}kid_smith$/m);
    expect(stdout).to.include(
      "Requeue it only once the username is free; otherwise it fails again. " +
        `\`fhj queue verify ${job.id}\` shows who has the username now.\n`,
    );
  });

  it("counts the retries that RETRY_DELAYS grants", async () => {
    const job = await givenJob(scene.db, {
      retryCount: 2,
      nextRetryAt: "now() + interval '1 hour'",
    });

    const two = await scene.cli(["queue", "show", job.id], { RETRY_DELAYS: "1m,5m" });
    const five = await scene.cli(["queue", "show", job.id]);

    expect(two.stdout).to.match(/^Next try {6}Attempt 3 of 3 .* It is the last one: /m);
    expect(five.stdout).to.match(/^Next try {6}Attempt 3 of 6 .* retry 3 of 5 follows 15m later/m);
  });

  it("changes nothing, and says the same the second time", async () => {
    const job = await givenJob(scene.db, { encryptedPassword: "garbage" });
    await scene.retry();
    const before = await everything(scene.db);

    const first = await scene.cli(["queue", "show", job.id, "--json"]);
    const second = await scene.cli(["queue", "show", job.id.toUpperCase(), "-o", "json"]);

    expect(first.code).to.equal(0);
    const untimed = ({ stdout }: { stdout: string }) => stdout.replace(/ \(\d+s ago\)/, "");
    expect(untimed(second)).to.equal(untimed(first));
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("shows the action of who added a job, and of who canceled it", async () => {
    const { familyId } = await givenJob(scene.db);
    const whose = ["--family", familyId, "--created-by", familyId, "--actor", "alice"];
    const added = await scene.cli([
      ...["queue", "add", "--username", "new_kid", "--name", "Kim", "--generate", "--json"],
      ...whose,
    ]);
    const job = JSON.parse(added.stdout) as { id: string };
    await scene.cli(["queue", "cancel", job.id, "--actor", "bob", "--reason", "added twice"]);

    const { stdout } = await scene.cli(["queue", "show", job.id]);

    expect(stdout).to.match(/action +add by alice\n +status pending\n/);
    expect(stdout).to.match(
      /action +cancel by bob: added twice\n +status pending -> failed, next try \S+ -> none, error none -> canceled\n/,
    );
    expect(stdout).to.match(
      /event +ManagedAccountCreationFailedEvent in the outbox, not published/,
    );
    expect(stdout).to.match(/^Why not now {3}An operator canceled it at /m);
    expect(stdout).to.match(/^Requeue {7}.* its password has been erased; `queue add` /m);
  });

  it("ends with 1 for an id that no job has, also for a text that is neither an id nor a username; with 64 for none or two", async () => {
    const [unknown, none, missing, many] = await Promise.all([
      scene.cli(["queue", "show", UNKNOWN]),
      scene.cli(["queue", "show", "1234"]),
      scene.cli(["queue", "show"]),
      scene.cli(["queue", "show", UNKNOWN, UNKNOWN]),
    ]);

    expect([unknown.code, none.code, missing.code, many.code]).to.deep.equal([1, 1, 64, 64]);
    for (const { stdout } of [unknown, none, missing, many]) expect(stdout).to.equal("");
    expect(unknown.stderr).to.include(UNKNOWN).and.to.include("queue list");
    expect(none.stderr).to.include("1234");
  });

  it("shows no character of other people's text that moves the cursor or reverses text", async () => {
    for (const character of ["\u001b", "\u009b", "\r", "\n", "\u202e", "\u2067", "\u2028"]) {
      const text = (label: string) => `${label}${character}[2J`;
      const job = await givenJob(scene.db, {
        ...{ username: text("usr"), fullName: text("full"), role: text("rol") },
        ...{ status: "failed", lastErrorCode: text("code"), lastErrorMessage: text("message") },
      });
      await setColumn(scene, job, "zitadel_user_id", text("zid"));
      await scene.db.query(
        `insert into family_hub_jobs.attempts
           (job_id, run_id, outcome, retry_count, error_code, zitadel_error_id, message, duration_ms)
         values ($1, $1, 'failed', 0, $2::text, $2, $2, 7)`,
        [job.id, text("attempt")],
      );
      await scene.db.query(
        `insert into family_hub_jobs.operator_actions (actor, verb, reason, job_id, before, after)
         values ($2::text, left($2, 50), $2, $1, null, jsonb_build_object($2, $2))`,
        [job.id, text("action")],
      );
      await scene.db.query(
        `insert into auth.outbox_events
           (event_id, event_type, event_version, aggregate_type, aggregate_id, payload, status, created_at)
         select gen_random_uuid(), $2, 1, 'x', $1, jsonb_build_object('jobId', $1::uuid), 2, finished_at
         from family_hub_jobs.attempts where job_id = $1`,
        [job.id, text("event")],
      );

      const { code, stdout } = await scene.cli(["queue", "show", job.id]);

      expect(code).to.equal(0);
      expect(stdout.split("\n").filter((line) => line.includes("[2J"))).to.have.length(13);
      expect(stdout.replaceAll("\n", "")).not.to.include(character);
      for (const label of ["usr", "full", "rol", "code", "message", "zid", "attempt", "action"]) {
        expect(stdout).to.include(`${label} [2J`);
      }
      expect(stdout).to.include("event [2J in the outbox, which FamilyHub failed to publish");
    }
  });

  it("takes only what is sealed for the test's ring for a key of it", async () => {
    const job = await givenJob(scene.db);
    const header = (await sealForTest("x", job.id)).split(".")[0] ?? "";
    const { kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as { kid: string };

    expect((await show(scene, job)).job).to.include({ password: "present", keyId: kid });
  });
});

/** An idle connection may add what it has read to Postgres' statistics seconds later. */
async function countEverything({ db }: Scene): Promise<void> {
  const others = "datname = current_database() and pid <> pg_backend_pid()";
  await db.query(`select pg_terminate_backend(pid) from pg_stat_activity where ${others}`);
  await until(db, `not exists (select from pg_stat_activity where ${others})`);
  await db.query("select pg_stat_force_next_flush()");
}
