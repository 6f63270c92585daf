// The table of settings says of each what is true: its name is read, its default is the default.
import { expect } from "chai";
import { readdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { SETTINGS } from "../../src/config/settings-table.ts";
import { ConfigError } from "../../src/errors.ts";
import { readAll, readSettings, soundSettings, type Settings } from "../support/given-settings.ts";

const SOURCES = fileURLToPath(new URL("../../src", import.meta.url));

/** Looked at only to say that service files are not read. */
const COMPLAINED_OF = ["PGSERVICE"];

describe("the table of settings", () => {
  it("names exactly what is read from the environment", async () => {
    const told = SETTINGS.flatMap(({ names, secret }) => [
      ...names,
      ...(secret === true ? names.map((name) => `${name}_FILE`) : []),
    ]);

    const read = new Set([
      ...namesReadFrom({}),
      ...namesReadFrom({ DATABASE_URL: undefined }),
      ...namesReadFrom({ ZITADEL_KEY: undefined, ZITADEL_TOKEN: "token", ZITADEL_ORG_ID: "1" }),
      ...namesReadFrom({ OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel:4318" }),
      ...(await namesReadBesideTheConfiguration()),
    ]);

    // Those of proxies are read in lower case too.
    const inUpperCase = [...read].filter((name) => name === name.toUpperCase());
    expect(told).to.have.members(inUpperCase.filter((name) => !COMPLAINED_OF.includes(name)));
  });

  it("gives the default that counts when the setting is unset", () => {
    const withDefaults = SETTINGS.filter(({ fallback }) => fallback !== null);

    expect(withDefaults).to.have.length.above(8);
    for (const { names, fallback } of withDefaults) {
      const said = Object.fromEntries(names.map((name) => [name, fallback ?? undefined]));
      expect(readAll(said), names.join()).to.deep.equal(readAll());
    }
  });
});

function namesReadFrom(change: Settings): string[] {
  const names: string[] = [];
  const settings = new Proxy(soundSettings(change), {
    get: (target, name: string) => {
      names.push(name);
      return target[name];
    },
  });
  try {
    readSettings(settings);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  return names;
}

async function namesReadBesideTheConfiguration(): Promise<string[]> {
  const files = await readdir(SOURCES, { recursive: true });
  const texts = await Promise.all(
    files
      .filter((file) => file.endsWith(".ts"))
      .map((file) => readFile(join(SOURCES, file), "utf8")),
  );
  return texts.flatMap((text) =>
    [...text.matchAll(/\benv\["([A-Z_]+)"\]/g)].map(([, name = ""]) => name),
  );
}
