// Secrets that are put where they do not belong: they are refused, and not repeated.
import { expect } from "chai";
import { join } from "node:path";
import { givenJob } from "../support/given.ts";
import { serviceKey, useFiles, type Settings } from "../support/given-settings.ts";
import { everything } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

const TOKEN = "Vq3tokenThatIsSecret_9xK-zz";

describe("ZITADEL_TOKEN_FILE with more than a token in it", () => {
  const scene = setScene();
  const file = useFiles();

  const contents: Readonly<Record<string, string>> = {
    "a second line": `${TOKEN}\nsecond-line\n`,
    "a second line, as Windows ends it": `${TOKEN}\r\nsecond-line\r\n`,
    "a name before it": `token ${TOKEN}\n`,
    "a control character": `${TOKEN}\u0000\u001b[31m`,
    "letters that no header holds": `${TOKEN}ü`,
  };
  for (const [what, content] of Object.entries(contents)) {
    it(`such as ${what} is refused with 78, and nothing of it is printed`, async () => {
      await givenJob(scene.db);
      const before = await everything(scene.db);
      const env = {
        ...{ ZITADEL_KEY: undefined, ZITADEL_TOKEN_FILE: file("token", content) },
        ...{ ZITADEL_ORG_ID: scene.zitadel.orgId, LOG_LEVEL: "debug" },
      };

      const { code, stdout, stderr } = await scene.cli(["retry-accounts", "-v"], env);

      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
      expect(stderr).to.include("ZITADEL_TOKEN_FILE");
      expect(stderr).not.to.include(TOKEN);
      expect(stderr).not.to.include("second-line");
      expect(await everything(scene.db)).to.deep.equal(before);
      expect(await scene.zitadel.control.calls()).to.deep.equal([]);
    });
  }
});

describe("a setting that names a file", () => {
  const scene = setScene();
  const file = useFiles();
  const key = JSON.parse(serviceKey()) as { readonly key: string };

  const mistaken: readonly (readonly [string, Settings, readonly string[]])[] = [
    ["DATABASE_URL_FILE", { DATABASE_URL: undefined }, ["postgres://jobs:hunter2@db/family_hub"]],
    ["DATABASE_URL_FILE", { DATABASE_URL: undefined }, ["host=/run/pg password=hunter2 user=jobs"]],
    ["ZITADEL_TOKEN_FILE", { ZITADEL_KEY: undefined, ZITADEL_ORG_ID: "1" }, [TOKEN]],
    [
      "PASSWORD_KEYS_FILE",
      {},
      ['{"keys":[{"kty":"oct","kid":"a","k":"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U"}]}'],
    ],
    ["ZITADEL_KEY_FILE", { ZITADEL_KEY: undefined }, [serviceKey(), ...key.key.split("\n")]],
    ["ZITADEL_KEY_FILE", { ZITADEL_KEY: undefined }, [key.key, ...key.key.split("\n")]],
  ];
  for (const [index, [name, others, [value = "", ...parts]]] of mistaken.entries()) {
    it(`and holds the secret itself is refused with 78 unquoted: ${name} (${index + 1})`, async () => {
      const env = { ...others, [name]: value, LOG_LEVEL: "debug" };

      const { code, stdout, stderr } = await scene.cli(["retry-accounts", "-v"], env);

      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
      expect(stderr).to.include(name).and.to.include("not the secret itself");
      const secrets = [value, ...parts, "hunter2", "c2VjcmV0"].filter((text) => text.length > 6);
      for (const secret of secrets) expect(stderr).not.to.include(secret);
    });
  }

  for (const [name, others] of new Map(mistaken.map(([name, others]) => [name, others]))) {
    it(`and is not there is reported by its path: ${name}`, async () => {
      const missing = join(file("here", ""), "../not there/secret-1.json");

      const { code, stderr } = await scene.cli(["retry-accounts"], { ...others, [name]: missing });

      expect(code).to.equal(78);
      expect(stderr).to.include(name).and.to.include(missing).and.to.include("ENOENT");
    });
  }
});

describe("--actor", () => {
  const scene = setScene();
  const long = "a".repeat(300);

  it("of 300 characters is refused with 64 before anything is touched", async () => {
    const job = await givenJob(scene.db, { status: "failed" });
    const before = await everything(scene.db);
    const add = ["queue", "add", "--username", "new_kid", "--name", "Kim", "--generate"];
    const whose = ["--family", job.familyId, "--created-by", job.id];

    const results = await Promise.all([
      scene.cli(["queue", "requeue", job.id, "--actor", long]),
      scene.cli([...add, ...whose, "--actor", long]),
      scene.cli(["queue", "requeue", job.id, "--actor", " "]),
    ]);

    for (const { code, stdout, stderr } of results) {
      expect({ code, stdout }).to.deep.equal({ code: 64, stdout: "" });
      expect(stderr).to.include("--actor").and.not.to.include(long);
    }
    expect(await everything(scene.db)).to.deep.equal(before);
  });

  it("of 255 characters is recorded", async () => {
    const job = await givenJob(scene.db, { status: "failed" });
    const actor = "a".repeat(255);

    const { code } = await scene.cli(["queue", "requeue", job.id, "--actor", actor]);

    expect(code).to.equal(0);
    expect(
      await scene.db.one<{ actor: string }>("select actor from family_hub_jobs.operator_actions"),
    ).to.deep.equal({ actor });
  });
});
