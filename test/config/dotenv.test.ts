// A .env file whose values hold a #: none is used that may have lost its end.
import { expect } from "chai";
import { loadDotenv } from "../../src/config/dotenv.ts";
import { complaint, useFiles } from "../support/given-settings.ts";

const ADDRESS = "postgres://jobs:pw@db.example.com/family_hub";

describe("a # in a .env file", () => {
  const file = useFiles();

  function loaded(lines: string, before: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const env = { ...before };
    loadDotenv(file(".env", lines), env);
    return env;
  }

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
