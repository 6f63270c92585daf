// keys rotate: waiting passwords are re-encrypted with the first key; everything else stays as it is.
import { expect } from "chai";
import bcrypt from "bcryptjs";
import type { JWK } from "jose";
import { generateKey } from "../../src/passwords/generate.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenJob, readJob } from "../support/given.ts";
import { givenJobUnder, readSealed, ringEnv } from "../support/given-keys.ts";
import { directJwe, type Jwk } from "../support/hand-made-jwe.ts";
import { everything, givenHeld, moment, readRuns, wholeJob } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

interface RotateJson {
  readonly outcome: string;
  readonly reason: string | null;
  readonly rotated: number;
  readonly current: number;
  readonly held: number;
  readonly missing: number;
  readonly undecryptable: number;
  readonly tooLong: number;
  readonly batches: number;
  readonly missingKeys: readonly string[];
}

const NOTHING = {
  ...{ rotated: 0, current: 0, held: 0, missing: 0, undecryptable: 0, tooLong: 0, batches: 0 },
  refusedCount: 0,
};

for (const variant of VARIANTS) {
  describe(`keys rotate on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("re-encrypts waiting passwords with the first key, and changes nothing else in the row", async () => {
      const [old, fresh] = [await generateKey("oct"), await generateKey("EC")];
      const later = {
        nextRetryAt: moment(variant, "1 hour"),
        updatedAt: moment(variant, "-1 day"),
      };
      const jobs = [
        await givenJobUnder(scene.db, old, { ...later, status: " Pending", retryCount: 3 }),
        await givenJobUnder(scene.db, old, { nextRetryAt: "null" }),
        await givenJobUnder(scene.db, old, { status: "FAILED", lastErrorCode: "timeout" }),
      ];
      const done = await givenJob(scene.db, { status: "completed" });
      const before = await Promise.all(jobs.map(({ id }) => wholeJob(scene.db, id)));
      const doneBefore = await wholeJob(scene.db, done.id);

      const report = await scene.json<RotateJson>(["keys", "rotate"], ringEnv(fresh, old));

      expect(report).to.include({ ...NOTHING, outcome: "completed", rotated: 3, batches: 1 });
      for (const [index, { id, password }] of jobs.entries()) {
        expect(await readSealed(scene.db, id, fresh)).to.deep.equal({
          ...{ kid: fresh.kid, kind: "password", password },
        });
        const { encryptedPassword } = await readJob(scene.db, id);
        expect(await wholeJob(scene.db, id)).to.deep.equal({
          ...before[index],
          encrypted_password: encryptedPassword,
        });
      }
      expect(await wholeJob(scene.db, done.id)).to.deep.equal(doneBefore);
    });

    it("lets a run that has the new key only create the account with its password", async () => {
      const [old, fresh] = [await generateKey("EC"), await generateKey("EC")];
      const job = await givenJobUnder(scene.db, old);

      await scene.cli(["keys", "rotate"], ringEnv(fresh, old));
      const { report } = await scene.retry([], ringEnv(fresh));

      expect(report).to.include({ created: 1 });
      const user = await scene.zitadel.control.findUser({ userId: job.id });
      expect(user?.password).to.equal(job.password);
    });
  });
}

describe("keys rotate", () => {
  const scene = setScene();
  let [old, fresh]: JWK[] = [{}, {}];
  let env: Record<string, string | undefined>;

  beforeEach(async () => {
    [old, fresh] = [await generateKey("oct"), await generateKey("EC")];
    env = ringEnv(fresh, old);
  });

  const oldKey = () => old as Jwk;
  const freshKey = () => fresh as Jwk;
  const rotate = (...args: string[]) => scene.cli(["keys", "rotate", ...args], env);
  const rotateJson = (...args: string[]) =>
    scene.json<RotateJson>(["keys", "rotate", ...args], env);

  it("says so in exactly the documented keys, and in the ledger", async () => {
    await givenJobUnder(scene.db, oldKey());

    const report = await rotateJson();

    expect(Object.keys(report)).to.have.members([
      ...["command", "runId", "outcome", "reason", "startedAt", "finishedAt", "durationMs"],
      ...["rotated", "current", "held", "missing", "undecryptable", "tooLong", "batches"],
      ...["missingKeys", "refused", "refusedCount"],
    ]);
    expect(report).to.include({ command: "keys rotate", outcome: "completed", reason: null });
    const [line] = await readRuns(scene.db);
    expect(line).to.deep.include({ command: "keys rotate", outcome: "completed" });
    expect(line?.counts).to.deep.equal({ ...NOTHING, rotated: 1, batches: 1 });
  });

  it("prints one line when it changed something, and nothing the second time, when it changes nothing", async () => {
    await givenJobUnder(scene.db, oldKey());

    const first = await rotate();
    const before = await everything(scene.db);
    const second = await rotate();
    const report = await rotateJson();

    expect(first.code).to.equal(0);
    expect(first.stdout).to.match(
      /^keys rotate: rotated 1, current 0, .* too long 0, .*\(completed\)\n$/,
    );
    expect(second).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(report).to.include({ ...NOTHING, outcome: "completed", current: 1 });
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("keeps a hash a hash", async () => {
    const hash = await bcrypt.hash("Aa1!hashed", 4);
    const job = await givenJobUnder(scene.db, oldKey(), { kind: "hash", password: hash });

    await rotate();

    expect(await readSealed(scene.db, job.id, freshKey())).to.deep.equal({
      ...{ kid: fresh?.kid, kind: "hash", password: hash },
    });
  });

  it("rotates to a shared key as well, and keeps every character of a password", async () => {
    const odd = "\uFEFF \u00e4\u{1f511}\u0000\n ";
    const job = await givenJobUnder(scene.db, freshKey(), { password: odd });

    await scene.cli(["keys", "rotate"], ringEnv(oldKey(), freshKey()));

    expect(await readSealed(scene.db, job.id, oldKey())).to.deep.equal({
      ...{ kid: old?.kid, kind: "password", password: odd },
    });
  });

  it("writes a line into the audit for each batch: who, why, how many, to which key", async () => {
    for (let i = 0; i < 5; i += 1) await givenJobUnder(scene.db, oldKey());
    const said = ["--actor", "alice", "--reason", "yearly"];

    const report = await rotateJson("--batch-size", "2", ...said);

    expect(report).to.include({ rotated: 5, batches: 3 });
    const actions = await scene.db.query<object>(
      `select actor, verb, reason, job_id, before, after
       from family_hub_jobs.operator_actions order by action_id`,
    );
    const common = { actor: "alice", verb: "rotate", reason: "yearly", job_id: null, before: null };
    expect(actions).to.deep.equal(
      [2, 2, 1].map((rotated) => ({ ...common, after: { rotated, kid: fresh?.kid } })),
    );
  });

  it("skips a job that a run holds; the next rotation re-encrypts it", async () => {
    const job = await givenJobUnder(scene.db, oldKey());
    await givenHeld(scene.db, job, "1 minute");
    const before = await everything(scene.db);

    const held = await rotateJson();
    const heldLine = await rotate();
    const unchanged = await everything(scene.db);
    await scene.db.query(
      "update auth.queued_managed_account_creations set status = 'pending', claimed_by_run_id = null",
    );
    const next = await rotateJson();

    expect(held).to.include({ ...NOTHING, outcome: "completed", held: 1 });
    expect(heldLine.stdout).to.include("held 1");
    expect(unchanged).to.deep.equal(before);
    expect(next).to.include({ ...NOTHING, rotated: 1, batches: 1 });
  });

  it("skips and names rows that runs skip", async () => {
    const rows = [
      await givenJobUnder(scene.db, oldKey(), { status: "paused" }),
      await givenJobUnder(scene.db, oldKey(), { status: "completing" }),
    ];
    const before = await everything(scene.db);

    const { code, stdout, stderr } = await rotate("--json");

    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ ...NOTHING, outcome: "completed" });
    for (const { id } of rows) expect(stderr).to.include(id);
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("skips, counts and names passwords that cannot be decrypted, and rotates the others", async () => {
    const [source, job] = [
      await givenJobUnder(scene.db, oldKey()),
      await givenJobUnder(scene.db, oldKey()),
    ];
    const { encryptedPassword: moved } = await readJob(scene.db, source.id);
    const broken = [
      await givenJob(scene.db, { encryptedPassword: moved }),
      await givenJob(scene.db, { encryptedPassword: "Aa1!in_plain" }),
      await givenJob(scene.db, { encryptedPassword: moved.slice(0, -2), id: crypto.randomUUID() }),
    ];
    const before = await Promise.all(broken.map(({ id }) => wholeJob(scene.db, id)));

    const { code, stdout, stderr } = await rotate("--json");

    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ ...NOTHING, rotated: 2, undecryptable: 3, batches: 1 });
    expect(stderr).to.match(new RegExp(`${broken[0]?.id}.*belongs to another job`));
    for (const { id } of broken) expect(stderr).to.include(id);
    expect(stderr).not.to.include("in_plain");
    const after = await Promise.all(broken.map(({ id }) => wholeJob(scene.db, id)));
    expect(after).to.deep.equal(before);
    expect(await readSealed(scene.db, job.id, freshKey())).to.include({ password: job.password });
  });

  it("ends with 78 when a key is missing, after it rotated the others, and names the key", async () => {
    const gone = await generateKey("EC");
    const lost = [
      await givenJobUnder(scene.db, gone),
      await givenJobUnder(scene.db, gone, { status: "failed" }),
    ];
    const job = await givenJobUnder(scene.db, oldKey());

    const { code, stdout, stderr } = await rotate("--json");
    env = ringEnv(freshKey(), oldKey(), gone);
    const next = await rotateJson();

    expect(code).to.equal(78);
    expect(JSON.parse(stdout)).to.deep.include({
      ...{ ...NOTHING, rotated: 1, missing: 2, batches: 1, missingKeys: [gone.kid] },
    });
    expect(stderr).to.include(`"${gone.kid}"`).and.to.include("PASSWORD_KEYS lacks");
    const runs = await scene.cli(["runs", "--command", "keys rotate"]);
    expect(runs.stdout.match(/keys missing|completed/g)).to.deep.equal([
      "completed",
      "keys missing",
    ]);
    expect(next).to.include({ rotated: 2, current: 1, missing: 0 });
    for (const { id, password } of [...lost, job]) {
      expect(await readSealed(scene.db, id, freshKey())).to.include({ password });
    }
  });

  it("ends with 78 for a password that would not fit under the first key, and leaves it", async () => {
    const long = `$argon2id$${"x".repeat(130)}`;
    const job = await givenJobUnder(scene.db, oldKey(), { kind: "hash", password: long });
    const before = await wholeJob(scene.db, job.id);

    const { code, stdout, stderr } = await rotate("--json");

    expect(code).to.equal(78);
    expect(JSON.parse(stdout)).to.include({ ...NOTHING, outcome: "completed", tooLong: 1 });
    expect(stderr)
      .to.include(job.id)
      .and.to.match(/has \d{3} characters, but only 500 fit/);
    expect(stderr).not.to.include("argon2id");
    expect(await wholeJob(scene.db, job.id)).to.deep.equal(before);
  });

  it("takes a jid in capitals for the job's own, as runs do", async () => {
    const id = crypto.randomUUID();
    const encryptedPassword = directJwe(oldKey(), { jid: id.toUpperCase() }, "Aa1!capitals");
    await givenJob(scene.db, { id, encryptedPassword });

    expect(await rotateJson()).to.include({ rotated: 1 });
    expect(await readSealed(scene.db, id, freshKey())).to.include({ password: "Aa1!capitals" });
  });

  it("counts with --dry-run what it would do, and changes nothing", async () => {
    for (let i = 0; i < 3; i += 1) await givenJobUnder(scene.db, oldKey());
    await givenJobUnder(scene.db, freshKey());
    await givenJob(scene.db, { encryptedPassword: "garbage" });
    const before = await everything(scene.db);

    const report = await rotateJson("--dry-run", "--batch-size", "2");
    const line = await rotate("--dry-run");

    expect(report).to.include({
      ...{ outcome: "completed", rotated: 3, current: 1, undecryptable: 1 },
    });
    expect(line.stdout).to.include("dry run, nothing changed").and.to.include("rotated 3");
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("ends with 75 when --max-duration was reached, and the next rotation continues", async () => {
    for (let i = 0; i < 6; i += 1) await givenJobUnder(scene.db, oldKey());
    const args = ["--batch-size", "1", "--json"];

    const { code, stdout } = await rotate(...args, "--max-duration", "1ms");
    const stopped = JSON.parse(stdout) as RotateJson;

    expect(code).to.equal(75);
    expect(stopped.outcome).to.equal("stopped");
    expect(stopped.rotated).to.be.below(6);
    expect(await rotateJson(...args)).to.include({
      ...{ outcome: "completed", rotated: 6 - stopped.rotated, current: stopped.rotated },
    });
  });

  it("needs no Zitadel, and ends with 78 before anything is touched when a key is none", async () => {
    await givenJobUnder(scene.db, oldKey());
    const none = { ZITADEL_URL: undefined, ZITADEL_KEY: undefined };
    const before = await everything(scene.db);
    const bent = { ...freshKey(), x: (await generateKey("EC")).x };

    const wrong = await scene.cli(["keys", "rotate"], { ...none, ...ringEnv(bent, oldKey()) });
    const untouched = await everything(scene.db);
    const right = await scene.cli(["keys", "rotate"], { ...none, ...env });

    expect(wrong).to.include({ code: 78, stdout: "" });
    expect(wrong.stderr).to.include(`"${fresh?.kid}"`);
    expect(untouched).to.deep.equal(before);
    expect(right.code).to.equal(0);
  });

  it("ends with 64 for a value that cannot be", async () => {
    const calls = [["--batch-size", "0"], ["--max-duration", "50"], ["--actor", " "], ["now"]];

    const results = await Promise.all(calls.map((args) => rotate(...args)));

    expect(results.map(({ code }) => code)).to.deep.equal([64, 64, 64, 64]);
  });
});
