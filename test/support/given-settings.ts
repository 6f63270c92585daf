// Environments for tests of the configuration: a sound one, changed in what matters to a test.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfig, type Sections } from "../../src/config/config.ts";
import { ConfigError } from "../../src/errors.ts";

export type Settings = Readonly<Record<string, string | undefined>>;

const { privateKey: PEM } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
  publicKeyEncoding: { type: "pkcs1", format: "pem" },
});

/** As Zitadel's console downloads it. */
export function serviceKey(change: object = {}): string {
  const expirationDate = "9999-12-31T23:59:59Z";
  const file = { type: "serviceaccount", keyId: "k1", key: PEM, expirationDate, userId: "u1" };
  return JSON.stringify({ ...file, ...change });
}

/** Everything that has no default, and nothing else. */
export function soundSettings(change: Settings = {}): Settings {
  return {
    DATABASE_URL: "postgres://jobs:pw@db.example.com:5432/family_hub",
    ZITADEL_URL: "https://id.example.com",
    ZITADEL_KEY: serviceKey(),
    PASSWORD_KEYS: '{"keys":[]}',
    ...change,
  };
}

const ALL_SECTIONS = [
  "log",
  "database",
  "zitadel",
  "emailDomain",
  "passwords",
  "retry",
  "invitations",
  "retention",
  "monitoring",
] as const satisfies readonly (keyof Sections)[];

export function readAll(change: Settings = {}): Sections {
  return readSettings(soundSettings(change));
}

/** Every section, from exactly these settings. @throws ConfigError */
export function readSettings(settings: Settings): Sections {
  return readConfig(settings, ...ALL_SECTIONS);
}

/** The message that the settings are refused with. @throws when they are not */
export function complaint(
  settings: Settings,
  sections: readonly (keyof Sections)[] = ALL_SECTIONS,
): string {
  try {
    readConfig(settings, ...sections);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error("the settings were expected to be refused");
}

/** Files for `…_FILE` settings, gone after the describe block. */
export function useFiles(): (name: string, content: string) => string {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "family-hub-settings-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  return (name, content) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
}
