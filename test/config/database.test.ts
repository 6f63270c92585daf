// Where Postgres is: the URL or libpq's variables, with libpq's meaning of sslmode.
import { expect } from "chai";
import type { ConnectionOptions } from "pg-connection-string";
import { readConfig } from "../../src/config/config.ts";
import { complaint, useFiles, type Settings } from "../support/given-settings.ts";

const URL = "postgres://jobs:p%40ss@db.example.com:5433/family_hub";

describe("the database's address", () => {
  it("is taken from DATABASE_URL, escapes and all", () => {
    const { connection } = read({ DATABASE_URL: URL });

    expect(connection).to.include({
      user: "jobs",
      password: "p@ss",
      host: "db.example.com",
      port: "5433",
      database: "family_hub",
    });
  });

  it("may be written postgresql://", () => {
    const { connection } = read({ DATABASE_URL: URL.replace("postgres:", "postgresql:") });

    expect(connection.host).to.equal("db.example.com");
  });

  it("may be a Unix socket", () => {
    const { connection } = read({ DATABASE_URL: "postgres:///family_hub?host=/run/postgresql" });

    expect(connection).to.include({ host: "/run/postgresql", database: "family_hub" });
  });

  it("may name several hosts, each with a port of its own, as libpq writes them", () => {
    const { hosts, target } = read({
      DATABASE_URL:
        "postgres://jobs:p%40,ss@db-1,[::1]:5433,db-3:5434/family_hub?target_session_attrs=primary",
    });

    expect(hosts.map(({ host, port }) => [host, port])).to.deep.equal([
      ["db-1", ""],
      ["::1", "5433"],
      ["db-3", "5434"],
    ]);
    expect(target).to.equal("read-write");
    for (const host of hosts) {
      expect(host).to.include({ user: "jobs", password: "p@,ss", database: "family_hub" });
    }
  });

  it("may name several hosts in PGHOST and PGPORT", () => {
    const { hosts, target } = read({
      PGHOST: "db-1,/run/postgresql",
      PGPORT: "5433",
      PGTARGETSESSIONATTRS: "read-write",
    });

    expect(hosts.map(({ host, port }) => [host, port])).to.deep.equal([
      ["db-1", "5433"],
      ["/run/postgresql", "5433"],
    ]);
    expect(target).to.equal("read-write");
  });

  const several: Readonly<Record<string, RegExp>> = {
    "a,,b/db": /empty entry/,
    "a,b/db?target_session_attrs=standby":
      /target_session_attrs is "standby": .*any, read-write, primary/,
    "a,b/db?load_balance_hosts=random": /load_balance_hosts is not supported/,
    "/db?host=a,b": /lists hosts in its parameters/,
  };
  for (const [address, message] of Object.entries(several)) {
    it(`is refused as postgres://${address}`, () => {
      expect(complaint({ DATABASE_URL: `postgres://${address}` }, ["database"])).to.match(message);
    });
  }

  for (const name of ["PGHOST", "PGDATABASE", "PGUSER"]) {
    it(`is left to the driver when ${name} is set instead`, () => {
      const { connection } = read({ [name]: "db.example.com" });

      expect([connection.host, connection.user, connection.database]).to.satisfy(
        (parts: unknown[]) => parts.every((part) => !part),
      );
    });
  }

  const misread: Readonly<Record<string, readonly string[]>> = {
    "hun#ter2": ["#"],
    "123#456": ["#"],
    "hun/ter2": ["/"],
    "123/456": ["/"],
    "hun?ter2": ["?"],
    "123?456": ["?"],
    "hun@ter2/x": ["@", "/"],
    "hun@ter2#x": ["@", "#"],
    "hun@ter2?x": ["@", "?"],
    "h/u#n?t@r": ["/", "#", "?", "@"],
  };
  for (const [password, characters] of Object.entries(misread)) {
    it(`is refused with the character that its password does not escape: ${characters.join(" ")} in ${password}`, () => {
      const message = complaint(
        { DATABASE_URL: `postgres://jobs:${password}@db.example.com/family_hub` },
        ["database"],
      );

      const said = characters.map((each) => `"${each}" (write ${encodeURIComponent(each)})`);
      expect(message).to.include(`has an unescaped ${said.join(" and ")} in its password: `);
      for (const part of password.split(/[^a-z0-9]/)) {
        if (part.length > 1) expect(message).not.to.include(part);
      }
    });
  }

  it("is read where the only unescaped character is an @ that no parser takes for the end", () => {
    const { connection } = read({ DATABASE_URL: "postgres://jobs:p@ss@db.example.com/family_hub" });

    expect(connection).to.include({ password: "p@ss", host: "db.example.com" });
  });

  for (const parameters of ["user=kim@db", "sslmode=disable&application_name=a@b#c"]) {
    it(`may have an @ among its parameters: ${parameters}`, () => {
      for (const before of ["postgres:///family_hub", URL, "postgres://db.example.com"])
        expect(() => read({ DATABASE_URL: `${before}?${parameters}` })).not.to.throw();
    });
  }

  it("that is not valid for another reason is refused with what may have to be escaped", () => {
    const message = complaint({ DATABASE_URL: "postgres://jobs:x?a=b@db/family_hub" }, [
      "database",
    ]);

    expect(message).to.match(/^DATABASE_URL is not a valid URL .*# must be written %23/);
  });

  it("is DATABASE_URL where both are set", () => {
    const { connection } = read({ DATABASE_URL: URL, PGHOST: "other.example.com" });

    expect(connection.host).to.equal("db.example.com");
  });

  it("is not taken from a service file, which the driver does not read", () => {
    const message = complaint({ PGSERVICE: "family_hub" }, ["database"]);

    expect(message).to.contain("PGSERVICE");
  });

  for (const text of [
    "family_hub",
    "mysql://db/family_hub",
    "postgres://db:port/x",
    "postgres:x",
  ]) {
    it(`may not be ${text}`, () => {
      const message = complaint({ DATABASE_URL: text }, ["database"]);

      expect(message).to.match(/^DATABASE_URL .*postgres:\/\/user:password@host:5432\/database/);
      expect(message.split("\n")).to.have.lengthOf(1);
    });
  }
});

describe("sslmode", () => {
  const unverified = { ssl: { rejectUnauthorized: false } };
  const verified = { ssl: { rejectUnauthorized: true } };
  const modes: Readonly<
    Record<string, { ssl: Readonly<Record<string, unknown>> | false; plain: boolean }>
  > = {
    disable: { ssl: false, plain: false },
    allow: { ...unverified, plain: true },
    prefer: { ...unverified, plain: true },
    require: { ...unverified, plain: false },
    "no-verify": { ...unverified, plain: false },
    "verify-full": { ...verified, plain: false },
  };

  for (const [mode, { ssl, plain }] of Object.entries(modes)) {
    it(`${mode} means what libpq means by it, in the URL and in PGSSLMODE`, () => {
      for (const settings of [
        { DATABASE_URL: `${URL}?sslmode=${mode}` },
        { DATABASE_URL: `${URL}?application_name=x&sslmode=${mode}` },
        { PGHOST: "db.example.com", PGSSLMODE: mode },
      ]) {
        const { connection, plainTextAllowed } = read(settings);

        expect(connection.ssl).to.deep.equal(ssl);
        expect(plainTextAllowed).to.equal(plain);
      }
    });
  }

  it("of PGSSLMODE holds for a DATABASE_URL that names none", () => {
    const { connection } = read({ DATABASE_URL: URL, PGSSLMODE: "require" });

    expect(connection.ssl).to.deep.equal({ rejectUnauthorized: false });
  });

  it("of the URL wins over PGSSLMODE", () => {
    const { connection } = read({ DATABASE_URL: `${URL}?sslmode=disable`, PGSSLMODE: "require" });

    expect(connection.ssl).to.equal(false);
  });

  it("never falls back to plain text where TLS is demanded", () => {
    for (const mode of ["require", "verify-full", "no-verify"]) {
      expect(read({ DATABASE_URL: `${URL}?sslmode=${mode}` }).plainTextAllowed).to.equal(false);
    }
  });

  for (const mode of ["on", "true", "REQUIRE", "verify_full"]) {
    it(`may not be ${mode}, and the message lists what it may be`, () => {
      const inUrl = complaint({ DATABASE_URL: `${URL}?sslmode=${mode}` }, ["database"]);
      const inVariable = complaint({ PGHOST: "h", PGSSLMODE: mode }, ["database"]);

      for (const message of [inUrl, inVariable]) {
        expect(message).to.contain(`sslmode is "${mode}"`).and.to.contain("verify-full");
        expect(message).to.not.contain("p%40ss");
      }
    });
  }

  it("is not repeated with what was glued to it", () => {
    for (const glued of ["require?password=hunter2", "require;hunter2", "hunter2"]) {
      const message = complaint({ DATABASE_URL: `${URL}?sslmode=${glued}` }, ["database"]);

      expect(message).to.contain("sslmode is not a valid word").and.to.contain("verify-full");
      expect(message).to.not.contain("hunter2");
    }
  });

  it("verify-ca needs the CA with which to verify", () => {
    const message = complaint({ DATABASE_URL: `${URL}?sslmode=verify-ca` }, ["database"]);

    expect(message).to.contain("sslrootcert").and.to.not.contain("p%40ss");
  });
});

describe("the CA of the database", () => {
  const file = useFiles();

  for (const mode of ["verify-ca", "verify-full"]) {
    it(`is read from sslrootcert for ${mode}, in the URL and in PGSSLROOTCERT`, () => {
      const path = file("ca.pem", "the CA");

      for (const settings of [
        { DATABASE_URL: `${URL}?sslmode=${mode}&sslrootcert=${path}` },
        { PGHOST: "h", PGSSLMODE: mode, PGSSLROOTCERT: path },
      ]) {
        const { connection } = read(settings);

        expect(connection.ssl).to.have.property("ca", "the CA");
        expect(connection.ssl).to.not.have.property("rejectUnauthorized", false);
      }
    });
  }

  it("that cannot be read is named", () => {
    const settings = { DATABASE_URL: `${URL}?sslmode=verify-full&sslrootcert=/nonexistent/ca.pem` };

    const glued = `${settings.DATABASE_URL}?password=hunter2`;

    const message = complaint(settings, ["database"]);
    const unnamed = complaint({ DATABASE_URL: glued }, ["database"]);

    expect(message).to.contain("/nonexistent/ca.pem").and.to.not.contain("p%40ss");
    expect(unnamed).to.contain("ENOENT").and.to.not.contain("hunter2");
  });
});

function read(settings: Settings) {
  const { hosts, ...rest } = readConfig(settings, "database").database;
  return { ...rest, hosts, connection: hosts[0] as ConnectionOptions };
}
