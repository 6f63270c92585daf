// What holds when a setting is not set, and what each setting may say.
import { expect } from "chai";
import { complaint, readAll, soundSettings, type Settings } from "../support/given-settings.ts";
import type { Sections } from "../../src/config/config.ts";
import { EXIT } from "../../src/exit-codes.ts";
import { ConfigError } from "../../src/errors.ts";

interface Setting {
  readonly name: string;
  read(config: Sections): unknown;
  readonly byDefault: unknown;
  readonly good: Readonly<Record<string, unknown>>;
  readonly bad: readonly string[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BAD_DURATIONS = ["5", "5 min", "m", "-5m", "1.5h", "5m30s", "5M", "soon", "9999999999d"];

const SETTINGS: readonly Setting[] = [
  {
    name: "ZITADEL_TIMEOUT",
    read: ({ zitadel }) => zitadel.timeoutMs,
    byDefault: 30_000,
    good: { "500ms": 500, "90s": 90_000, " 1m ": MINUTE },
    bad: [...BAD_DURATIONS, "0s"],
  },
  {
    name: "ZITADEL_RATE",
    read: ({ zitadel }) => zitadel.callsPerSecond,
    byDefault: 40,
    good: { "0": Infinity, "1/s": 1, "300/m": 5, "3600/h": 1 },
    bad: ["40", "0/s", "-1/s", "1.5/s", "40/d", "40 /s", "fast"],
  },
  {
    name: "SYNTHETIC_EMAIL_DOMAIN",
    read: ({ zitadel }) => zitadel.syntheticEmailDomain,
    byDefault: "noemail.family-hub.internal",
    good: {
      "kids.example": "kids.example",
      "Kids.EXAMPLE": "kids.example",
      "a-1.b-2.c": "a-1.b-2.c",
    },
    bad: [
      "localhost",
      "kim@kids.example",
      "kids..example",
      ".kids.example",
      "kids.example.",
      "kids_1.example",
      // Zitadel refuses these for every account, so every job would fail permanently.
      "-kids.example",
      "kids-.example",
      `${"k".repeat(64)}.example`,
      `${"kids.".repeat(40)}example`,
    ],
  },
  {
    name: "RETRY_DELAYS",
    read: ({ retry }) => retry.schedule.delaysMs,
    byDefault: [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR],
    good: { "10s": [10_000], "1s, 2s ,3s": [1_000, 2_000, 3_000], "1d,2d": [DAY, 2 * DAY] },
    bad: [...BAD_DURATIONS, ",", "1m,", "1m;5m", "1m,2m,3m,4m,5m,6m"],
  },
  {
    name: "RETRY_JITTER",
    read: ({ retry }) => retry.schedule.jitter,
    byDefault: 0,
    good: { "0": 0, "0%": 0, "10%": 0.1, "2.5%": 0.025, "100%": 1 },
    bad: ["10", "0.1", "-10%", "101%", "10 %", "ten"],
  },
  {
    name: "RETRY_CONCURRENCY",
    read: ({ retry }) => retry.concurrency,
    byDefault: 10,
    good: { "1": 1, "200": 200 },
    bad: ["0", "-1", "201", "1.5", "1e1", "0x10", "many"],
  },
  {
    name: "RETRY_LEASE",
    read: ({ retry }) => retry.leaseMs,
    byDefault: 5 * MINUTE,
    good: { "31s": 31_000, "1h": HOUR },
    bad: BAD_DURATIONS,
  },
  {
    name: "INVITATION_GRACE",
    read: ({ invitations }) => invitations.graceMs,
    byDefault: 30 * DAY,
    good: { "0d": 0, "12h": 12 * HOUR, "90d": 90 * DAY },
    bad: BAD_DURATIONS,
  },
  {
    name: "JOB_RETENTION",
    read: ({ retention }) => retention.jobsMs,
    byDefault: 90 * DAY,
    good: { "1d": DAY, "36h": 36 * HOUR, "3650d": 3650 * DAY },
    // A slip of the unit must not delete what completed today.
    bad: [...BAD_DURATIONS, "0d", "90m", "23h"],
  },
  {
    name: "FAILED_PASSWORD_RETENTION",
    read: ({ retention }) => retention.failedPasswordsMs,
    byDefault: 30 * DAY,
    good: { "1d": DAY, "24h": DAY, "90d": 90 * DAY },
    bad: [...BAD_DURATIONS, "0s", "30m", "23h"],
  },
  {
    name: "LOG_LEVEL",
    read: ({ log }) => log.level,
    byDefault: "info",
    good: { error: "error", warn: "warn", info: "info", debug: "debug" },
    bad: ["verbose", "INFO", "0"],
  },
  {
    name: "LOG_FORMAT",
    read: ({ log }) => log.format,
    byDefault: "auto",
    good: { auto: "auto", pretty: "pretty", json: "json" },
    bad: ["text", "JSON"],
  },
];

for (const { name, read, byDefault, good, bad } of SETTINGS) {
  describe(name, () => {
    it(`is ${String(byDefault)} by default`, () => {
      expect(read(readAll())).to.deep.equal(byDefault);
    });

    it("counts as unset when it is empty or blank", () => {
      expect(read(readAll({ [name]: "" }))).to.deep.equal(byDefault);
      expect(read(readAll({ [name]: "  " }))).to.deep.equal(byDefault);
    });

    for (const [text, value] of Object.entries(good)) {
      it(`may be "${text}"`, () => {
        expect(read(readAll({ [name]: text }))).to.deep.equal(value);
      });
    }

    for (const text of bad) {
      it(`may not be "${text}", and the message names both and what would be right`, () => {
        const message = complaint(soundSettings({ [name]: text }));

        expect(message.split("\n")[0]).to.contain(name).and.to.contain(`"${text}"`);
        expect(message.split("\n")[0]).to.match(/must be \S/);
      });
    }
  });
}

describe("the settings together", () => {
  it("let a lease be no shorter than a call, which would let two runs work one job", () => {
    for (const RETRY_LEASE of ["10s", "29s", "30s"]) {
      const message = complaint(soundSettings({ RETRY_LEASE }));

      expect(message).to.match(/^RETRY_LEASE is \d+s: .*ZITADEL_TIMEOUT \(30s\)/);
    }
  });

  it("let a lease be longer than a call by little", () => {
    const { retry } = readAll({ RETRY_LEASE: "2001ms", ZITADEL_TIMEOUT: "2s" });

    expect(retry.leaseMs).to.equal(2_001);
  });

  it("let no call last longer than any timer can hold, which would end it at once", () => {
    const message = complaint(soundSettings({ ZITADEL_TIMEOUT: "30d", RETRY_LEASE: "31d" }));

    expect(message).to.contain('ZITADEL_TIMEOUT is "30d"');
  });

  it("report every fault at once, a line each", () => {
    const settings: Settings = {
      DATABASE_URL: "mysql://h/db",
      ZITADEL_URL: "id.example.com",
      ZITADEL_RATE: "fast",
      RETRY_DELAYS: "soon",
      INVITATION_GRACE: "30",
      LOG_LEVEL: "loud",
    };

    const lines = complaint(settings).split("\n");

    const names = lines.map((line) => /^[A-Z_]+/.exec(line)?.[0]);
    expect(names).to.have.members([
      ...["DATABASE_URL", "ZITADEL_URL", "ZITADEL_RATE", "RETRY_DELAYS"],
      ...["INVITATION_GRACE", "LOG_LEVEL", "ZITADEL_KEY_FILE", "PASSWORD_KEYS_FILE"],
    ]);
  });

  it("complain of nothing that the command does not read", () => {
    const settings = { LOG_LEVEL: "debug", RETRY_DELAYS: "soon" };

    expect(() => complaint(settings, ["log"])).to.throw("expected to be refused");
  });

  it("end a command with exit code 78 when they are refused", () => {
    expect(new ConfigError("…").exitCode).to.equal(78).and.to.equal(EXIT.config);
  });
});
