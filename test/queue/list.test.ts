// queue list: filters, order, pages and formats.
import { expect } from "chai";
import { BINARY } from "../support/cli.ts";
import { asRole, READER, runRoleFile } from "../support/deployed-roles.ts";
import { VARIANTS, type Variant } from "../support/family-hub-schemas.ts";
import { givenFamily, givenJob, readJob, type GivenJob } from "../support/given.ts";
import { givenJobUnder } from "../support/given-keys.ts";
import { givenRing } from "../support/given-ring.ts";
import { givenHeld, moment } from "../support/rows.ts";
import { runProgram, setScene, type Scene } from "../support/scene.ts";

interface ListJson {
  readonly jobs: readonly (Readonly<Record<string, unknown>> & { readonly id: string })[];
  readonly nextCursor: string | null;
}

const KEYS = [
  ...["id", "familyId", "username", "fullName", "role", "status", "retryCount", "nextRetryAt"],
  ...["lastErrorCode", "lastErrorMessage", "createdByUserId", "createdAt", "updatedAt"],
  ...["completedAt", "zitadelUserId"],
];

/** All fields where time columns are of two kinds; elsewhere one that may be missing. */
const SORTS: Record<Variant, readonly string[]> = {
  own: ["username"],
  ef: ["nextRetryAt"],
  script: ["createdAt", "updatedAt", "nextRetryAt", "username", "retryCount"],
};

function list(scene: Scene, args: readonly string[] = []): Promise<ListJson> {
  return scene.json<ListJson>(["queue", "list", ...args]);
}

async function setColumn(scene: Scene, { id }: GivenJob, column: string, value: unknown) {
  const sql = `update auth.queued_managed_account_creations set ${column} = $2 where id = $1`;
  await scene.db.query(sql, [id, value]);
}

for (const variant of VARIANTS) {
  describe(`queue list --json on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("has exactly the documented keys, times in ISO 8601 UTC", async () => {
      const job = await givenJob(scene.db, {
        fullName: "Kim Smith",
        createdAt: "'2026-01-02 03:04:05.678'",
      });
      await scene.retry();

      const { jobs, nextCursor } = await list(scene);

      expect(nextCursor).to.equal(null);
      expect(jobs).to.have.length(1);
      expect(Object.keys(jobs[0] ?? {})).to.have.members(KEYS);
      expect(jobs[0]).to.include({
        ...{ id: job.id, familyId: job.familyId, username: job.username, fullName: "Kim Smith" },
        ...{ role: "managed_account", status: "completed", retryCount: 0, nextRetryAt: null },
        ...{ lastErrorCode: null, lastErrorMessage: null, zitadelUserId: job.id },
        createdAt: "2026-01-02T03:04:05.678Z",
      });
      expect(jobs[0]?.["completedAt"]).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });

    it(`covers every job exactly once in pages sorted by ${SORTS[variant].join(", ")}`, async () => {
      const equal = { createdAt: "'2026-01-02'", updatedAt: "'2026-01-02'", nextRetryAt: "null" };
      for (let i = 0; i < 4; i += 1) await givenJob(scene.db, equal);
      await givenJob(scene.db, { nextRetryAt: "'2026-01-03'", retryCount: 3 });
      const sorts = SORTS[variant].flatMap((field) => [field, `-${field}`]);

      const results = await Promise.all(
        sorts.map(async (sort) => {
          const ids: string[] = [];
          const from = async (cursor: string[]): Promise<void> => {
            const page = await list(scene, ["--sort", sort, "--limit", "2", ...cursor]);
            ids.push(...page.jobs.map(({ id }) => id));
            if (page.nextCursor !== null) await from(["--cursor", page.nextCursor]);
          };
          await from([]);
          return { sort, ids };
        }),
      );

      const whole = new Set((await list(scene)).jobs.map(({ id }) => id));
      for (const { sort, ids } of results) {
        expect(ids, sort).to.have.length(5);
        expect(new Set(ids), sort).to.deep.equal(whole);
      }
      const order = new Map(results.map(({ sort, ids }) => [sort, ids]));
      for (const field of SORTS[variant]) {
        expect(order.get(`-${field}`), field).to.deep.equal(order.get(field)?.toReversed());
      }
    });
  });
}

describe("queue list --sort", () => {
  const scene = setScene();

  it("orders by the field, - in front reverses it; newest first by default", async () => {
    const a = await givenJob(scene.db, {
      ...{ username: "aaa", retryCount: 2, nextRetryAt: "now() + interval '2 hours'" },
      ...{ createdAt: "'2026-01-02'", updatedAt: "'2026-03-01'" },
    });
    const b = await givenJob(scene.db, {
      ...{ username: "bbb", retryCount: 3, nextRetryAt: "now() + interval '1 hour'" },
      ...{ createdAt: "'2026-01-03'", updatedAt: "'2026-02-01'" },
    });
    const c = await givenJob(scene.db, {
      ...{ username: "ccc", retryCount: 1, nextRetryAt: "now() + interval '3 hours'" },
      ...{ createdAt: "'2026-01-01'", updatedAt: "'2026-01-15'" },
    });
    const names = new Map([a, b, c].map(({ id, username }) => [id, username.charAt(0)]));
    const sorts = ["createdAt", "updatedAt", "nextRetryAt", "username", "retryCount"];
    const columns = ["created", "-created", "AGE", "-age", "next", "-next", "retries"];

    const [byDefault, ...orders] = await Promise.all(
      [[], ...[...sorts, "-username", ...columns].map((sort) => ["--sort", sort])].map(
        async (args) => (await list(scene, args)).jobs.map(({ id }) => names.get(id)).join(""),
      ),
    );

    expect(byDefault).to.equal("bac");
    expect(orders).to.deep.equal([
      ...["cab", "cba", "bac", "abc", "cab", "cba"],
      ...["cab", "bac", "bac", "cab", "bac", "cab", "cab"],
    ]);
  });
});

describe("the filters of queue list", () => {
  const scene = setScene("ef");

  it("choose exactly the jobs they name, alone and together", async () => {
    const [family, creator] = [await givenFamily(scene.db), await givenFamily(scene.db)];
    const past = "now() - interval '1 minute'";
    const jobs: Record<string, GivenJob> = {
      due: await givenJob(scene.db, { familyId: family, username: "ann_due" }),
      unscheduled: await givenJob(scene.db, { nextRetryAt: "null", status: " Pending" }),
      waiting: await givenJob(scene.db, {
        ...{ nextRetryAt: "now() + interval '1 hour'", lastErrorCode: "timeout", retryCount: 1 },
        lastErrorMessage: "no answer in time, 100% late",
      }),
      dueAgain: await givenJob(scene.db, { status: "failed", nextRetryAt: past, retryCount: 1 }),
      taken: await givenJob(scene.db, {
        ...{ status: "failed", familyId: family, lastErrorCode: "username_taken" },
        fullName: "Zoë O'Hara",
      }),
      done: await givenJob(scene.db, {
        status: "completed",
        createdAt: "now() - interval '3 days'",
      }),
      stuck: await givenJob(scene.db, { username: "stuck_one" }),
      foreign: await givenJob(scene.db, {
        ...{ status: "processing", updatedAt: "now() - interval '6 minutes'" },
      }),
      held: await givenJob(scene.db, { username: "held_100x" }),
    };
    await givenHeld(scene.db, jobs["stuck"] as GivenJob, "-1 second");
    await givenHeld(scene.db, jobs["held"] as GivenJob, "1 minute");
    await setColumn(scene, jobs["done"] as GivenJob, "created_by_user_id", creator);
    const names = new Map(Object.entries(jobs).map(([name, { id }]) => [id, name]));
    const cases: [string, string[]][] = [
      ["--status failed", ["dueAgain", "taken"]],
      ["--status failed completed", ["dueAgain", "taken", "done"]],
      ["--status failed,completed", ["dueAgain", "taken", "done"]],
      ["--status failed --status completed", ["dueAgain", "taken", "done"]],
      ["--status PENDING", ["due", "unscheduled", "waiting"]],
      ["--status processing", ["stuck", "foreign", "held"]],
      ["--error username_taken", ["taken"]],
      ["--error username_taken,timeout", ["taken", "waiting"]],
      [`--family ${family.toUpperCase()}`, ["due", "taken"]],
      ["--username Ann_Due", ["due"]],
      [`--created-by ${creator}`, ["done"]],
      ["--since 2d", Object.keys(jobs).filter((name) => name !== "done")],
      ["--until 2d", ["done"]],
      ["--until 2020-01-01", []],
      ["--since 2020-01-01T00:00Z --until 2d", ["done"]],
      ["--due", ["due", "unscheduled", "dueAgain"]],
      ["--stuck", ["stuck", "foreign"]],
      ["--search o'hara", ["taken"]],
      ["--search STUCK_", ["stuck"]],
      ["--search 100%", ["waiting"]],
      ["--search _____________________", []],
      [`--status failed --family ${family}`, ["taken"]],
      [`--due --family ${family} --search ann`, ["due"]],
      ["--status completed --error username_taken", []],
    ];

    const answers = await Promise.all(
      cases.map(async ([flags]) => (await list(scene, flags.split(" "))).jobs),
    );

    for (const [index, [flags, expected]] of cases.entries()) {
      const found = answers[index]?.map(({ id }) => names.get(id));
      expect(found, flags).to.have.members(expected);
    }
  });
});

describe("queue list --key", () => {
  const scene = setScene();

  it("lists the jobs whose password needs the key, and those that requeue takes with it", async () => {
    const [first, second] = [await givenRing(), await givenRing()];
    const key = { ...first.key, kid: 'odd"\\kid' };
    const waiting = await givenJobUnder(scene.db, key);
    const failed = await givenJobUnder(scene.db, key, { status: "failed" });
    await givenJobUnder(scene.db, key, { status: "completed" });
    await givenJobUnder(scene.db, second.key);
    const header = (json: string) => Buffer.from(json).toString("base64url");
    const spaced = await givenJob(scene.db, {
      encryptedPassword: `${header(`{"alg": "dir", "kid": "${second.key.kid}"}`)}....`,
    });
    for (const encryptedPassword of ["", "no envelope", "A", "AAAAA.", "____.x", "ä.b"]) {
      await givenJob(scene.db, { encryptedPassword });
    }

    const found = await list(scene, ["--key", key.kid]);
    const others = await list(scene, ["--key", second.key.kid]);
    const requeue = ["queue", "requeue", "--key", key.kid, "--yes"];
    const { requeued } = await scene.json<{ requeued: string[] }>(requeue);

    expect(found.jobs.map(({ id }) => id)).to.have.members([waiting.id, failed.id]);
    expect(others.jobs.map(({ id }) => id))
      .to.include(spaced.id)
      .and.have.length(2);
    expect(requeued).to.deep.equal([failed.id]);
  });

  it("is refused to a role that may not read passwords, and to what is no key's ID", async () => {
    await runRoleFile(scene.db);
    const asReader = asRole(scene.db, READER);

    const forbidden = await scene.cli(["queue", "list", "--key", "2026"], asReader);
    const blank = await scene.cli(["queue", "list", "--key", " "]);

    expect([forbidden.code, blank.code]).to.deep.equal([78, 64]);
    expect(forbidden.stderr).to.include("permission denied");
    expect(blank.stderr).to.include('--key is " ": it must be the ID of a key, as in `keys list`.');
  });
});

describe("queue list with a value that is not right", () => {
  const scene = setScene();

  it("ends with 64, names the flag and prints nothing on stdout", async () => {
    const wrong = [
      ["--status", "done"],
      ["--status", "failed,done"],
      ["--error", "nope"],
      ["--family", "123"],
      ["--created-by", "me"],
      ["--since", "yesterday"],
      ["--since", "2026-01-31T08:00"],
      ["--until", "2026-13-01"],
      ["--until", "2026-02-30"],
      ["--limit", "0"],
      ["--limit", "ten"],
      ["--sort", "name"],
      ["-o", "xml"],
      ["--cursor", "nonsense"],
      ["--cursor", Buffer.from('["-createdAt","soon","x"]').toString("base64url")],
    ] as const;

    const results = await Promise.all(wrong.map((args) => scene.cli(["queue", "list", ...args])));

    const answers = results.map(({ code, stdout, stderr }, index) => {
      const [flag, value] = wrong[index] ?? ["", ""];
      return { flag, value, code, stdout, named: stderr.includes(flag) };
    });
    expect(answers).to.deep.equal(
      wrong.map(([flag, value]) => ({ flag, value, code: 64, stdout: "", named: true })),
    );
  });

  it("refuses the cursor of another order", async () => {
    await Promise.all([givenJob(scene.db), givenJob(scene.db)]);
    const { nextCursor } = await list(scene, ["--limit", "1"]);

    const { code, stderr } = await scene.cli([
      ...["queue", "list", "--sort", "username", "--cursor", nextCursor ?? ""],
    ]);

    expect(code).to.equal(64);
    expect(stderr).to.include("--cursor").and.to.include("-createdAt");
  });
});

describe("the formats of queue list", () => {
  const scene = setScene();
  const show = async (...args: string[]) => scene.cli(["queue", "list", ...args]);

  it("never show the password, nor its ciphertext", async () => {
    const job = await givenJob(scene.db, { status: "failed", password: "Aa1!very_secret" });
    const { encryptedPassword } = await readJob(scene.db, job.id);
    const formats = ["table", "wide", "json", "jsonl", "csv", "name"];

    const results = await Promise.all(formats.map((format) => show("-o", format, "-v")));

    for (const { stdout, stderr } of results) {
      expect(stdout).to.include(job.id);
      expect(stdout + stderr).not.to.include("Aa1!very_secret");
      expect(stdout + stderr).not.to.include(encryptedPassword.slice(0, 20));
      expect(stdout).not.to.match(/password/i);
    }
  });

  it("are a table by default: a header, a line a job, ids uncut, no colour", async () => {
    const job = await givenJob(scene.db, { fullName: "Kim\u001b[31m Smith", username: "kid_1" });

    const [plain, colored, wide] = await Promise.all([
      show(),
      scene.cli(["queue", "list"], { FORCE_COLOR: "1", COLUMNS: "20" }),
      scene.cli(["queue", "list", "-o", "wide"], { NO_COLOR: "1" }),
    ]);

    const [header, line, ...more] = plain.stdout.split("\n");
    expect(header).to.match(/^ID +STATUS +RETRIES +NEXT +ERROR +USERNAME/);
    expect(line).to.match(new RegExp(`^${job.id} +pending +0 +.* kid_1 `));
    expect(more).to.deep.equal([""]);
    expect(colored.stdout).to.equal(plain.stdout);
    expect(wide.stdout).to.include(job.id).and.to.include(job.familyId);
    expect(wide.stdout).not.to.include("\u001b");
  });

  it("name the next page of a table on stderr, so that stdout stays the answer", async () => {
    await Promise.all([givenJob(scene.db), givenJob(scene.db)]);

    const { code, stdout, stderr } = await show("--limit", "1");

    expect(code).to.equal(0);
    expect(stdout.trim().split("\n")).to.have.length(2);
    const [, command = ""] =
      /^More jobs follow\. Next page:\n {2}family-hub-jobs (.*)\n$/.exec(stderr) ?? [];
    const second = await scene.cli(command.split(" "));
    expect(command).to.match(/^queue list --limit 1 --cursor \S+$/);
    expect(second.stdout.trim().split("\n")).to.have.length(2);
    expect(second.stdout).not.to.equal(stdout);
  });

  it("are an object a line with -o jsonl, and bare ids with -o name", async () => {
    const ids = [(await givenJob(scene.db)).id, (await givenJob(scene.db)).id];

    const [jsonl, name] = await Promise.all([show("-o", "jsonl"), show("-o", "name")]);

    const jobs = jsonl.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: string });
    expect(jobs.map(({ id }) => id)).to.have.members(ids);
    expect(Object.keys(jobs[0] ?? {})).to.have.members(KEYS);
    expect(name.stdout.trimEnd().split("\n")).to.have.members(ids);
  });

  it("are CSV with a header and quoted cells with -o csv", async () => {
    const job = await givenJob(scene.db, {
      ...{ fullName: 'Kim "K", Smith', createdAt: "'2026-01-02 03:04:05'" },
      ...{ status: "failed", lastErrorMessage: "first line\nsecond" },
    });

    const { stdout } = await show("-o", "csv");

    const [header, ...rest] = stdout.split("\r\n");
    expect(header?.split(",")).to.have.members(KEYS);
    expect(rest.join("\r\n")).to.include(
      `${job.id},${job.familyId},${job.username},"Kim ""K"", Smith"`,
    );
    expect(stdout).to.include('"first line\nsecond"').and.to.include("2026-01-02T03:04:05.000Z");
  });

  it("are empty, but well-formed, when no job matches", async () => {
    const [table, json, jsonl, csv, name] = await Promise.all([
      show(),
      show("--json"),
      show("-o", "jsonl"),
      show("-o", "csv"),
      show("-o", "name"),
    ]);

    expect(table).to.deep.equal({ code: 0, stdout: "", stderr: "" });
    expect(JSON.parse(json.stdout)).to.deep.equal({ jobs: [], nextCursor: null });
    expect(csv.stdout.trimEnd().split(",")).to.have.members(KEYS);
    expect(jsonl.stdout + name.stdout).to.equal("");
  });

  it("can be piped into head: no error, whichever it is", async () => {
    const job = await givenJob(scene.db);
    await scene.db.query(
      `insert into auth.queued_managed_account_creations
         (id, family_id, username, full_name, role, encrypted_password, created_by_user_id,
          status, created_at, updated_at)
       select gen_random_uuid(), family_id, 'kid_' || n, full_name, role, '', created_by_user_id,
              'completed', created_at, updated_at
       from auth.queued_managed_account_creations, generate_series(1, 1500) n where id = $1`,
      [job.id],
    );

    const results = await Promise.all(
      ["jsonl", "table"].map((format) =>
        runProgram(
          "bash",
          [
            "-c",
            `set -o pipefail; "$NODE" "$BINARY" queue list --limit 10000 -o ${format} | head -1`,
          ],
          { DATABASE_URL: scene.db.url, NODE: process.execPath, BINARY },
        ),
      ),
    );

    for (const { code, stdout, stderr } of results) {
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
      expect(stdout.trimEnd().split("\n")).to.have.length(1);
    }
  });

  it("need no other setting than the database", async () => {
    const only = { ZITADEL_URL: undefined, ZITADEL_KEY: undefined, PASSWORD_KEYS_FILE: undefined };

    expect((await scene.cli(["queue", "list"], only)).code).to.equal(0);
  });
});

describe("an unknown status in queue list", () => {
  const scene = setScene("ef");

  it("is shown as it is, trimmed and lowercased", async () => {
    await givenJob(scene.db, { status: " Archived ", nextRetryAt: moment("ef", "0 seconds") });

    expect((await list(scene)).jobs[0]).to.include({ status: "archived" });
  });
});
