// Settings that are secret: from the environment or from a file, and in no message.
import { expect } from "chai";
import { inspect } from "node:util";
import {
  complaint,
  readAll,
  serviceKey,
  soundSettings,
  useFiles,
  type Settings,
} from "../support/given-settings.ts";

const SECRETS = ["DATABASE_URL", "ZITADEL_KEY", "ZITADEL_TOKEN", "PASSWORD_KEYS"] as const;

const VALUES: Readonly<Record<(typeof SECRETS)[number], string>> = {
  DATABASE_URL: "postgres://jobs:hunter2@db.example.com/family_hub",
  ZITADEL_KEY: serviceKey({ userId: "hunter2" }),
  ZITADEL_TOKEN: "hunter2",
  PASSWORD_KEYS: '{"keys":["hunter2"]}',
};

for (const name of SECRETS) {
  describe(name, () => {
    const file = useFiles();
    /** Without the other credentials of Zitadel, and without the secret itself. */
    const rest: Settings = {
      ...(name === "ZITADEL_TOKEN" ? { ZITADEL_KEY: undefined, ZITADEL_ORG_ID: "o1" } : {}),
      [name]: undefined,
    };

    it("is the same from a file, whatever line end the file has", () => {
      const path = file("secret", `${VALUES[name]}\r\n`);

      const fromFile = readAll({ ...rest, [`${name}_FILE`]: path });
      const fromValue = readAll({ ...rest, [name]: VALUES[name] });

      expect(reveal(fromFile)).to.equal(reveal(fromValue)).and.to.contain("hunter2");
    });

    it("from a file that is missing is one fault, which names setting and file", () => {
      const message = complaint(soundSettings({ ...rest, [`${name}_FILE`]: "/nonexistent/file" }));

      expect(message.split("\n")).to.have.lengthOf(1);
      expect(message).to.match(new RegExp(`^${name}_FILE .*/nonexistent/file.*ENOENT`));
    });

    it("from a file that is empty is one fault, which names setting and file", () => {
      const path = file("empty", " \n");

      const message = complaint(soundSettings({ ...rest, [`${name}_FILE`]: path }));

      expect(message.split("\n")).to.have.lengthOf(1);
      expect(message).to.contain(`${name}_FILE`).and.to.contain(path).and.to.contain("empty");
    });

    it("from a folder is refused", () => {
      const message = complaint(soundSettings({ ...rest, [`${name}_FILE`]: "/" }));

      expect(message).to.match(new RegExp(`^${name}_FILE .*EISDIR`));
    });

    it("set in both ways is refused, and shown in neither", () => {
      const path = file("secret", VALUES[name]);
      const both = { ...rest, [name]: VALUES[name], [`${name}_FILE`]: path };

      const message = complaint(soundSettings(both));

      expect(message.split("\n")).to.have.lengthOf(1);
      expect(message).to.contain(`${name} and ${name}_FILE are both set`);
      expect(message).to.not.contain("hunter2");
    });

    it("that is empty counts as unset if its file is set", () => {
      const path = file("secret", VALUES[name]);

      const config = readAll({ ...rest, [name]: "", [`${name}_FILE`]: path });

      expect(reveal(config)).to.contain("hunter2");
    });
  });
}

describe("the configuration", () => {
  it("prints neither key, nor token, nor key ring", () => {
    const byKey = readAll({ PASSWORD_KEYS: VALUES.PASSWORD_KEYS });
    const byToken = readAll({ ZITADEL_KEY: "", ZITADEL_TOKEN: "hunter2", ZITADEL_ORG_ID: "o1" });

    const printed = JSON.stringify([byKey, byToken]) + inspect([byKey, byToken], { depth: null });

    expect(printed).to.not.contain("hunter2").and.to.not.contain("PRIVATE KEY");
  });
});

describe("a setting that is missing", () => {
  const missing = {
    DATABASE_URL: /^DATABASE_URL is not set: .*DATABASE_URL_FILE.*postgres:\/\//,
    ZITADEL_URL: /^ZITADEL_URL is not set: .*https:\/\//,
    ZITADEL_KEY: /^ZITADEL_KEY_FILE is not set: .*ZITADEL_TOKEN/,
    PASSWORD_KEYS: /^PASSWORD_KEYS_FILE is not set: .*keys generate/,
  };
  for (const [name, expected] of Object.entries(missing)) {
    it(`is asked for by name: ${name}`, () => {
      const message = complaint(soundSettings({ [name]: undefined }));

      expect(message).to.match(expected);
      expect(message.split("\n")).to.have.lengthOf(1);
    });
  }
});

describe("a secret in the wrong place", () => {
  it("is not quoted when it is no service-account key", () => {
    const message = complaint(soundSettings({ ZITADEL_KEY: "hunter2" }));

    expect(message).to.contain("ZITADEL_KEY").and.to.not.contain("hunter2");
  });

  it("is not quoted where it has slashes as a path has", () => {
    for (const PASSWORD_KEYS_FILE of [
      "hc-ping.com/hunter2",
      "aB3/hunter2/x9",
      "hunter2",
      "a.hunter2",
    ]) {
      const message = complaint(soundSettings({ PASSWORD_KEYS: undefined, PASSWORD_KEYS_FILE }));

      expect(message).to.contain("not look like a path").and.to.not.contain("hunter2");
    }
  });

  it("is distinguished from a path, and from the plain name of a file", () => {
    for (const PASSWORD_KEYS_FILE of [
      "/no/ring",
      "./no/ring",
      "../no/ring",
      "~/ring",
      "no-ring.json",
    ]) {
      const message = complaint(soundSettings({ PASSWORD_KEYS: undefined, PASSWORD_KEYS_FILE }));

      expect(message).to.contain(`PASSWORD_KEYS_FILE names ${PASSWORD_KEYS_FILE}, which cannot`);
    }
  });

  it("is not quoted when it is no database", () => {
    for (const DATABASE_URL of ["hunter2", "mysql://u:hunter2@h/db", "postgres://u:hunter2/x@h"]) {
      const message = complaint(soundSettings({ DATABASE_URL }));

      expect(message).to.contain("DATABASE_URL").and.to.not.contain("hunter2");
    }
  });
});

/** Everything secret in a configuration, as one text. */
function reveal({ database, zitadel, passwords }: ReturnType<typeof readAll>): string {
  const { credentials } = zitadel;
  return JSON.stringify([
    database.hosts[0]?.password,
    credentials.kind === "key" ? credentials.userId + credentials.pem.reveal() : null,
    credentials.kind === "token" ? credentials.token.reveal() : null,
    passwords.ring.reveal(),
  ]);
}
