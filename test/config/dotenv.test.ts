// A .env file: the environment wins over it, and no value of it is used that may have lost its end.
import { expect } from "chai";
import { loadDotenv } from "../../src/config/dotenv.ts";
import { complaint, useFiles } from "../support/given-settings.ts";

const ADDRESS = "postgres://jobs:pw@db.example.com/family_hub";

const file = useFiles();

function loaded(lines: string, before: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const env = { ...before };
  loadDotenv(file(".env", lines), env);
  return env;
}

describe("the environment", () => {
  for (const [before, line] of [
    [{ DATABASE_URL: ADDRESS }, "DATABASE_URL_FILE=/etc/family-hub-jobs/database-url"],
    [{ DATABASE_URL_FILE: "/run/owner-url" }, `DATABASE_URL=${ADDRESS}`],
    [{ PING_URL: "https://ping.example.com/1" }, "PING_URL_FILE=/etc/family-hub-jobs/ping"],
    [{ ZITADEL_TOKEN: "pat" }, "ZITADEL_KEY_FILE=/etc/family-hub-jobs/zitadel-key.json"],
    [{ ZITADEL_KEY_FILE: "/run/key.json" }, "ZITADEL_TOKEN=pat"],
  ] as const) {
    it(`with ${Object.keys(before).join()} hides ${line.replace(/=.*/, "")} of .env, the same setting`, () => {
      expect(loaded(line, before)).to.deep.equal(before);
    });
  }

  it("with an empty value, as Kubernetes writes it, hides no other way to write the setting", () => {
    const env = loaded("DATABASE_URL_FILE=/etc/url", { DATABASE_URL: " " });

    expect(env).to.deep.equal({ DATABASE_URL: " ", DATABASE_URL_FILE: "/etc/url" });
  });

  it("does not choose between two of .env itself: that is refused as everywhere", () => {
    const env = loaded(`DATABASE_URL=${ADDRESS}\nDATABASE_URL_FILE=/etc/url`);

    expect(complaint(env, ["database"])).to.match(/are both set: unset one of them/);
  });
});

describe("a # in a .env file", () => {
  for (const [line, name] of [
    ["DATABASE_URL=postgres://jobs:hun#ter2@db.example.com/x", "DATABASE_URL"],
    ["DATABASE_URL=postgres://jobs:12#ter2@db.example.com/x", "DATABASE_URL"],
    ["export DATABASE_URL = postgres://jobs:hun#ter2@db", "DATABASE_URL"],
    ["DATABASE_URL: postgres://jobs:hun#ter2@db", "DATABASE_URL"],
    ["PGHOST=db.example.com\nPGPASSWORD=hun#ter2", "PGPASSWORD"],
    ["PGHOST=db.example.com\nPGPASSWORD=#ter2", "PGPASSWORD"],
  ] as const) {
    it(`that cuts a value off is named, with quotes as what helps: ${line.replaceAll("\n", ", ")}`, () => {
      const message = complaint(loaded(line), ["database"]);

      expect(message).to.match(new RegExp(`^${name} ends at a # in \\.env, .* in quotes`));
      expect(message.split("\n")).to.have.length(1);
      expect(message).not.to.match(/hun|ter2/);
    });
  }

  it("is named with %23 where the value is an address, and only there", () => {
    const address = complaint(loaded("DATABASE_URL=postgres://jobs:hun#x@db"), ["database"]);
    const word = complaint(loaded("RETRY_LEASE=10m#long"), ["retry"]);

    expect(address).to.match(/, and write # as %23 in a password\.$/);
    expect(word).to.match(/^RETRY_LEASE ends at a #.*: put its value in quotes\.$/);
  });

  for (const line of [
    `DATABASE_URL="${ADDRESS}" # comment`,
    `DATABASE_URL= '${ADDRESS}'#comment`,
    `DATABASE_URL=${ADDRESS} # comment`,
    `# DATABASE_URL=postgres://jobs:hun#ter2@db\nDATABASE_URL=${ADDRESS}`,
    `OTHER=a#b\nDATABASE_URL=${ADDRESS}`,
  ]) {
    it(`that begins a comment, or is not this tool's, is none of its business: ${line.replaceAll("\n", ", ")}`, () => {
      const env = loaded(line);

      expect(env).to.deep.equal({ DATABASE_URL: ADDRESS });
      expect(() => complaint(env, ["database"])).to.throw(/expected to be refused/);
    });
  }

  it("does not matter where the environment has the setting", () => {
    const env = loaded("DATABASE_URL=postgres://jobs:hun#ter2@db", { DATABASE_URL: ADDRESS });

    expect(() => complaint(env, ["database"])).to.throw(/expected to be refused/);
  });
});
