// keys list: which key opens how many passwords, which are missing, and which may be dropped.
import { expect } from "chai";
import { chmod, symlink } from "node:fs/promises";
import type { JWK } from "jose";
import { generateKey } from "../../src/passwords/generate.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenFamily, givenJob } from "../support/given.ts";
import { givenJobUnder, ringEnv } from "../support/given-keys.ts";
import { useFiles } from "../support/given-settings.ts";
import { everything, givenHeld } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

interface KeysJson {
  readonly keys: readonly Readonly<Record<string, unknown>>[];
  readonly unreadable: number;
  readonly file: string | null;
  readonly mode: string | null;
}

const use = (key: JWK, type: string | null, waiting: number, failed: number, first = false) => ({
  ...{ kid: key.kid, type, encrypts: first, inRing: type !== null, waiting, failed },
});

for (const variant of VARIANTS) {
  describe(`keys list on the ${variant} database`, () => {
    const scene = setScene(variant);

    it("counts the jobs under each key by what they wait for, in the ring's order", async () => {
      const [first, old, unused] = [
        await generateKey("EC"),
        await generateKey("oct"),
        await generateKey("EC"),
      ];
      await givenJobUnder(scene.db, first);
      await givenJobUnder(scene.db, old, { status: " Pending", nextRetryAt: "null" });
      await givenJobUnder(scene.db, old, { status: "FAILED", retryCount: 5 });
      await givenHeld(scene.db, await givenJobUnder(scene.db, old), "1 minute");
      await givenJobUnder(scene.db, old, { status: "completed" });
      await givenJob(scene.db, { status: "failed", encryptedPassword: "" });

      const list = await scene.json<KeysJson>(["keys", "list"], ringEnv(first, old, unused));

      expect(list).to.deep.equal({
        keys: [
          use(first, "EC P-256", 1, 0, true),
          use(old, "oct 256", 2, 1),
          use(unused, "EC P-256", 0, 0),
        ],
        ...{ unreadable: 0, file: null, mode: null },
      });
    });
  });
}

describe("keys list", () => {
  const scene = setScene();
  const file = useFiles();
  let [first, old, gone]: JWK[] = [{}, {}, {}];

  beforeEach(async () => {
    [first, old, gone] = [
      await generateKey("EC"),
      await generateKey("oct"),
      await generateKey("EC"),
    ];
  });

  const key = (jwk: JWK | undefined) => jwk ?? {};
  const list = (...args: string[]) =>
    scene.cli(["keys", "list", ...args], ringEnv(key(first), key(old)));
  const ringFile = (name: string) => file(name, JSON.stringify({ keys: [key(first), key(old)] }));

  it("draws a table that ends with the keys that may be dropped", async () => {
    await givenJobUnder(scene.db, key(first));

    const { code, stdout, stderr } = await list();

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(stdout).to.equal(
      [
        "KID       TYPE      STATE     WAITING  FAILED",
        `${first?.kid}  EC P-256  encrypts  1        0`,
        `${old?.kid}  oct 256   decrypts  0        0`,
        "",
        `Can be removed once FamilyHub's API no longer encrypts with them: ${old?.kid}`,
        "",
      ].join("\n"),
    );
  });

  it("names a key that is still in use, also if only a failed job uses it", async () => {
    await givenJobUnder(scene.db, key(old), { status: "failed" });

    const { stdout } = await list();

    expect(stdout).to.match(/decrypts +0 +1\n/);
    expect(stdout.trimEnd().split("\n").at(-1)).to.equal("No key can be removed.");
  });

  it("counts a row with a status that no run touches as failed: it too needs its key", async () => {
    await givenJobUnder(scene.db, key(old), { status: "paused" });

    const { keys } = JSON.parse((await list("--json")).stdout) as KeysJson;

    expect(keys[1]).to.deep.equal(use(key(old), "oct 256", 0, 1));
  });

  it("ends with 78 when a job waits for a key that the ring lacks, and names it", async () => {
    await givenJobUnder(scene.db, key(gone));
    await givenJobUnder(scene.db, key(gone), { status: "failed" });

    const { code, stdout, stderr } = await list();
    const json = await list("--json");

    expect([code, json.code]).to.deep.equal([78, 78]);
    expect(stdout).to.match(new RegExp(`^${gone?.kid}  <none>    missing   1        1$`, "m"));
    expect(stderr).to.include(`"${gone?.kid}"`).and.to.include("PASSWORD_KEYS lacks");
    const { keys } = JSON.parse(json.stdout) as KeysJson;
    expect(keys[2]).to.deep.equal(use(key(gone), null, 1, 1));
  });

  it("ends with 0 when only failed jobs use a missing key, and names it all the same", async () => {
    await givenJobUnder(scene.db, key(gone), { status: "failed" });

    const { code, stdout, stderr } = await list();

    expect(code).to.equal(0);
    expect(stdout).to.match(/missing +0 +1\n/);
    expect(stderr).to.include(`"${gone?.kid}"`);
  });

  it("counts a password that names no key as unreadable, and shows nothing of it", async () => {
    const header = (content: unknown) =>
      `${Buffer.from(JSON.stringify(content)).toString("base64url")}.a.b.c.d`;
    const garbage = ["Aa1!in_plain", "...", `${btoa("Aa1!in_plain")}.a.b.c.d`, header(null)];
    const nameless = [{}, { kid: 7 }, { kid: "" }, { kid: "a b" }, { kid: "\u001b[31m" }];
    for (const encryptedPassword of [...garbage, ...nameless.map(header)]) {
      await givenJob(scene.db, { encryptedPassword });
    }

    const { code, stdout, stderr } = await list();
    const json = JSON.parse((await list("--json")).stdout) as KeysJson;

    expect(code).to.equal(0);
    expect(stdout).to.include("names no key and cannot be decrypted: 9.");
    expect(stdout + stderr).not.to.match(/in_plain|\u001b/);
    expect(json.unreadable).to.equal(9);
    expect(json.keys).to.have.length(2);
  });

  it("counts jobs beyond one page of reading, from the lowest id on", async () => {
    const family = await givenFamily(scene.db);
    const lowest = { id: "00000000-0000-0000-0000-000000000000", familyId: family };
    await givenJobUnder(scene.db, key(old), lowest);
    await scene.db.query(
      `insert into auth.queued_managed_account_creations
         (id, family_id, username, full_name, role, encrypted_password, created_by_user_id, status)
       select gen_random_uuid(), family_id, 'kid_' || n, full_name, role, encrypted_password,
              created_by_user_id, 'failed'
       from auth.queued_managed_account_creations, generate_series(1, 10000) n`,
    );

    const { keys } = JSON.parse((await list("--json")).stdout) as KeysJson;

    expect(keys[1]).to.deep.equal(use(key(old), "oct 256", 1, 10_000));
  });

  it("prints every form that a list has", async () => {
    const kids = [first?.kid, old?.kid];

    const [jsonl, csv, name] = await Promise.all(
      ["jsonl", "csv", "name"].map((format) => list("-o", format)),
    );

    const lines = jsonl?.stdout.trimEnd().split("\n") ?? [];
    expect(lines.map((line) => (JSON.parse(line) as JWK).kid)).to.deep.equal(kids);
    expect(csv?.stdout).to.equal(
      `kid,type,encrypts,inRing,waiting,failed\r\n${csvLine(kids[0], "EC P-256,true")}${csvLine(kids[1], "oct 256,false")}`,
    );
    expect(name?.stdout).to.equal(kids.map((kid) => `${kid}\n`).join(""));
  });

  /** A kid that begins like a formula is quoted, which its randomness may bring about. */
  const csvLine = (kid = "", rest: string) =>
    `${kid.startsWith("-") ? `'${kid}` : kid},${rest},true,0,0\r\n`;

  it("says where the ring lies and who may read it, and warns when that is not the owner alone", async () => {
    const path = ringFile("ring.json");
    const env = { PASSWORD_KEYS_FILE: path };

    await chmod(path, 0o600);
    const safe = await scene.cli(["keys", "list"], env);
    await chmod(path, 0o644);
    const open = await scene.cli(["keys", "list", "--json"], env);

    expect(safe.stdout).to.include(`The ring is ${path}, mode 0600.`);
    expect({ code: safe.code, stderr: safe.stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(open.code).to.equal(0);
    expect(JSON.parse(open.stdout)).to.include({ file: path, mode: "0644" });
    expect(open.stderr).to.include(`${path} has mode 0644`).and.to.include("chmod 600");
  });

  it("looks through the symlink of a Kubernetes secret at the file's own rights", async () => {
    const path = ringFile("secret.json");
    const link = path.replace("secret.json", "mounted.json");
    await chmod(path, 0o440);
    await symlink(path, link);

    const { code, stdout, stderr } = await scene.cli(["keys", "list", "--json"], {
      PASSWORD_KEYS_FILE: link,
    });

    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ file: link, mode: "0440" });
    expect(stderr).to.match(/^family-hub-jobs: .*mounted\.json has mode 0440: .*\n$/);
  });

  it("changes nothing, and says the same the second time", async () => {
    await givenJobUnder(scene.db, key(old));
    const before = await everything(scene.db);

    const once = await list("--json");
    const twice = await list("--json");

    expect(twice).to.deep.equal(once);
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("does not wait for a run that works", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.addFault({
      ...{ method: "CreateUser", kind: "pause", name: "call", at: "before", times: 1 },
    });
    const run = scene.start(["retry-accounts"]);
    await scene.zitadel.control.waitForPaused({ name: "call" });

    const { keys } = await scene.json<KeysJson>(["keys", "list"]);

    expect(keys[0]).to.include({ encrypts: true, waiting: 1 });
    await scene.zitadel.control.release("call");
    expect((await run.ended).code).to.equal(0);
  });

  it("needs neither Zitadel nor more than the database and the ring", async () => {
    const none = { ZITADEL_URL: undefined, ZITADEL_KEY: undefined };

    const { code } = await scene.cli(["keys", "list"], none);
    const ringless = await scene.cli(["keys", "list"], { PASSWORD_KEYS_FILE: undefined });

    expect([code, ringless.code]).to.deep.equal([0, 78]);
  });
});
