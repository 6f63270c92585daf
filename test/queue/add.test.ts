// queue add: a new job, its password encrypted before it reaches the database.
import { randomUUID } from "node:crypto";
import bcrypt from "bcryptjs";
import { expect } from "chai";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenFamily, readJob } from "../support/given.ts";
import { everything } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

const SECRET = "Aa1!very secret";

for (const variant of VARIANTS) {
  describe(`queue add on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("adds a job that the next run works, with exactly the password from stdin", async () => {
      const [familyId, createdBy] = [await givenFamily(scene.db), randomUUID()];
      const fields = ["--username", " Kid_One ", "--name", "Kim van Dyk", "--role", "member"];
      const ids = ["--family", familyId, "--created-by", createdBy];

      const { code, stdout, stderr } = await scene.cli(
        ["queue", "add", ...fields, ...ids, "--password-stdin", "--json"],
        {},
        { stdin: `${SECRET}\n` },
      );

      expect(code).to.equal(0);
      expect(stdout + stderr).not.to.include(SECRET);
      const { id, ...rest } = JSON.parse(stdout) as { id: string };
      expect(rest).to.deep.equal({ username: "kid_one" });
      const row = await scene.db.one<object>(
        `select family_id, username, full_name, role, created_by_user_id, retry_count, status
         from auth.queued_managed_account_creations where id = $1`,
        [id],
      );
      expect(row).to.deep.equal({
        ...{ family_id: familyId, username: "kid_one", full_name: "Kim van Dyk", role: "member" },
        ...{ created_by_user_id: createdBy, retry_count: 0, status: "pending" },
      });
      expect((await readJob(scene.db, id)).encryptedPassword).to.match(/^eyJ[\w.-]+$/);
      expect((await scene.retry()).report).to.include({ due: 1, created: 1 });
      expect(await scene.zitadel.control.findUser({ userId: id })).to.include({
        ...{ username: "kid_one", password: SECRET, givenName: "Kim", familyName: "van Dyk" },
      });
    });
  });
}

describe("queue add", () => {
  const scene = setScene();
  let account: Record<string, string>;

  beforeEach(async () => {
    account = {
      "--username": "kid_one",
      "--name": "Kim Smith",
      "--family": await givenFamily(scene.db),
      "--created-by": randomUUID(),
    };
  });

  const add = (flags: readonly string[], stdin = "", changes: Record<string, string> = {}) =>
    scene.cli(
      ["queue", "add", ...Object.entries({ ...account, ...changes }).flat(), ...flags],
      {},
      {
        stdin,
      },
    );

  it("prints a generated password once; the account has it", async () => {
    const { code, stdout } = await add(["--generate"]);

    expect(code).to.equal(0);
    const [id = "", password, ...more] = stdout.split("\n");
    expect(more).to.deep.equal([""]);
    expect(password).to.match(/^\S{16,}$/);
    await scene.retry();
    expect(await scene.zitadel.control.findUser({ userId: id })).to.include({ password });
  });

  it("generates another password each time, and says it in JSON", async () => {
    const first = await add(["--generate", "--json"]);
    const second = await add(["--generate", "--json"], "", { "--username": "kid_two" });

    const passwords = [first, second].map(
      ({ stdout }) => (JSON.parse(stdout) as { password: string }).password,
    );
    expect(new Set(passwords).size).to.equal(2);
  });

  it("stores only a hash of the password with --hash, and the account gets that hash", async () => {
    const { code, stdout } = await add(["--password-stdin", "--hash"], SECRET);

    expect(code).to.equal(0);
    const id = stdout.trim();
    const [header = ""] = (await readJob(scene.db, id)).encryptedPassword.split(".");
    expect(JSON.parse(Buffer.from(header, "base64url").toString())).to.include({ typ: "pwhash" });
    expect((await scene.retry()).report).to.include({ created: 1 });
    const user = await scene.zitadel.control.findUser({ userId: id });
    expect(user).to.include({ password: null });
    expect(await bcrypt.compare(SECRET, user?.passwordHash ?? "")).to.equal(true);
  });

  it("hashes a generated password as well, and still prints it", async () => {
    const { stdout } = await add(["--generate", "--hash", "--json"]);

    const { id, password } = JSON.parse(stdout) as { id: string; password: string };
    await scene.retry();
    const user = await scene.zitadel.control.findUser({ userId: id });
    expect(await bcrypt.compare(password, user?.passwordHash ?? "")).to.equal(true);
  });

  it("takes one line: its end is not part of the password, blanks are", async () => {
    const inputs: [string, string][] = [
      ["Aa1!no_newline", "Aa1!no_newline"],
      ["Aa1!windows\r\n", "Aa1!windows"],
      ["  Aa1!blanks  \n", "  Aa1!blanks  "],
    ];
    const results = await Promise.all(
      inputs.map(([stdin], n) =>
        add(["--password-stdin", "--wait", "20s"], stdin, { "--username": `kid_${n}` }),
      ),
    );

    await scene.retry();

    for (const [index, { stdout }] of results.entries()) {
      const user = await scene.zitadel.control.findUser({ userId: stdout.trim() });
      expect(user?.password).to.equal(inputs[index]?.[1]);
    }
  });

  it("records who added it and why, without the password", async () => {
    const said = ["--actor", "alice", "--reason", "asked by phone"];

    const { stdout } = await add(["--password-stdin", ...said], SECRET);

    const action = await scene.db.one<object>(
      "select actor, verb, reason, job_id from family_hub_jobs.operator_actions",
    );
    expect(action).to.deep.equal({
      ...{ actor: "alice", verb: "add", reason: "asked by phone", job_id: stdout.trim() },
    });
    expect(JSON.stringify(await everything(scene.db))).not.to.include(SECRET);
  });

  it("ends with 64, names what is wrong and adds nothing", async () => {
    const wrong: [string, Record<string, string>, string[], string][] = [
      ["--username", { "--username": "ab" }, ["--generate"], ""],
      ["--username", { "--username": "kid one" }, ["--generate"], ""],
      ["--username", { "--username": "kid_with_a_name_too_long" }, ["--generate"], ""],
      ["--name", { "--name": "  " }, ["--generate"], ""],
      ["--name", { "--name": "x".repeat(101) }, ["--generate"], ""],
      ["--family", { "--family": "smiths" }, ["--generate"], ""],
      ["--created-by", { "--created-by": "me" }, ["--generate"], ""],
      ["--role", { "--role": "king" }, ["--generate"], ""],
      ["--password-stdin", {}, [], ""],
      ["--password-stdin", {}, ["--generate", "--password-stdin"], SECRET],
      ["stdin", {}, ["--password-stdin"], ""],
      ["stdin", {}, ["--password-stdin"], "\n"],
      ["stdin", {}, ["--password-stdin"], "one\ntwo\n"],
      ["--hash", {}, ["--password-stdin", "--hash"], "x".repeat(73)],
      ["password", {}, ["--password-stdin"], `Aa1!${"x".repeat(400)}`],
    ];

    const results = await Promise.all(
      wrong.map(([, changes, flags, stdin]) => add(flags, stdin, changes)),
    );

    const answers = results.map(({ code, stdout, stderr }, index) => {
      const [named] = wrong[index] ?? [""];
      return { index, code, stdout, named: stderr.includes(named) };
    });
    expect(answers).to.deep.equal(
      wrong.map((_, index) => ({ index, code: 64, stdout: "", named: true })),
    );
    expect(await everything(scene.db)).to.deep.include({ jobs: null, actions: null });
  });

  it("ends with 1 when the family does not exist, and adds nothing", async () => {
    const missing = randomUUID();

    const { code, stdout, stderr } = await add(["--generate"], "", { "--family": missing });

    expect(code).to.equal(1);
    expect(stdout).to.equal("");
    expect(stderr).to.include(missing);
    expect(await everything(scene.db)).to.deep.include({ jobs: null, actions: null });
  });

  it("ends with 1 when the family is deleted, says so, and adds nothing", async () => {
    const family = await givenFamily(scene.db);
    await scene.db.query("update auth.families set deleted_at = now() where id = $1", [family]);

    const { code, stderr } = await add(["--generate"], "", { "--family": family });

    expect([code, stderr]).to.deep.equal([
      1,
      `family-hub-jobs: The family ${family} was deleted in FamilyHub: restore it there first, or check --family.\n`,
    ]);
    expect(await everything(scene.db)).to.deep.include({ jobs: null, actions: null });
  });

  describe("of a job that a rule of the database refuses", () => {
    afterEach(() =>
      scene.db.query(
        "alter table auth.queued_managed_account_creations drop constraint known_name",
      ),
    );

    it("ends with 1, names the rule, its table and what to do, prints no password and adds nothing", async () => {
      await scene.db.query(
        `alter table auth.queued_managed_account_creations
         add constraint known_name check (full_name = 'Known')`,
      );

      const { code, stdout, stderr } = await add(["--generate"], "");

      expect([code, stdout]).to.deep.equal([1, ""]);
      expect(stderr)
        .to.include("known_name, table auth.queued_managed_account_creations")
        .and.to.include("Change the row or the rule");
      expect(stderr).not.to.include("eyJ");
      expect(await everything(scene.db)).to.deep.include({ jobs: null, actions: null });
    });
  });

  for (const [what, body] of [
    ["drops", "return null;"],
    [
      "gives another id, to which its password does not belong",
      "new.id := gen_random_uuid(); return new;",
    ],
    ["gives another name", "new.username := 'somebody_else'; return new;"],
  ] as const) {
    describe(`of a job that a trigger ${what}`, () => {
      afterEach(() => scene.db.query("drop function auth.meddle() cascade"));

      it("ends with 1, names the table, prints no password, and does not say that the family is missing", async () => {
        await scene.db.query(
          `create function auth.meddle() returns trigger language plpgsql as $$ begin ${body} end $$;
           create trigger meddle before insert on auth.queued_managed_account_creations
             for each row execute function auth.meddle()`,
        );

        const { code, stdout, stderr } = await add(["--generate"], "");

        expect([code, stdout]).to.deep.equal([1, ""]);
        expect(stderr)
          .to.include(
            "a trigger on auth.queued_managed_account_creations discarded or changed the row",
          )
          .and.not.to.include("no family");
        expect(await everything(scene.db)).to.deep.include({ jobs: null, actions: null });
      });
    });
  }

  describe("of a job that a deferred trigger refuses at the commit", () => {
    afterEach(() => scene.db.query("drop function auth.refuse() cascade"));

    it("prints no password: there is no job that it opens", async () => {
      await scene.db.query(
        `create function auth.refuse() returns trigger language plpgsql as
           $$ begin raise exception 'no more children'; end $$;
         create constraint trigger refuse after insert on auth.queued_managed_account_creations
           deferrable initially deferred for each row execute function auth.refuse()`,
      );

      const { code, stdout, stderr } = await add(["--generate"], "");

      expect([code, stdout]).to.deep.equal([1, ""]);
      expect(stderr).to.include("no more children (raised by auth.refuse())");
      expect(await everything(scene.db)).to.deep.include({ jobs: null, actions: null });
    });
  });

  it("asks for the flags that must be there", async () => {
    const { code, stdout, stderr } = await scene.cli(["queue", "add", "--generate"]);

    expect(code).to.equal(64);
    expect(stdout).to.equal("");
    expect(stderr).to.include("--username");
  });
});
