// Generated passwords and hashes against the rules that Zitadel applies by default.
import bcrypt from "bcryptjs";
import { expect } from "chai";
import { UsageError } from "../../src/errors.ts";
import { generatePassword } from "../../src/passwords/generate.ts";
import { hashPassword } from "../../src/passwords/hash.ts";
import { Secret } from "../../src/secret.ts";
import { rejection } from "../support/zitadel-adapter.ts";
import { requireSupportedHash } from "../support/zitadel-emulator/hash-formats.ts";
import { requireAcceptablePassword } from "../support/zitadel-emulator/password-policy.ts";
import { DEFAULT_SETTINGS } from "../support/zitadel-emulator/settings.ts";

describe("a generated password", () => {
  const passwords = Array.from({ length: 5_000 }, () => generatePassword().reveal());

  it("satisfies Zitadel's default policy", () => {
    for (const password of passwords) requireAcceptablePassword(password, "org", DEFAULT_SETTINGS);
  });

  it("is never drawn twice", () => {
    expect(new Set(passwords).size).to.equal(passwords.length);
  });

  it("has its classes in no fixed place", () => {
    const digitsInFirstPlace = passwords.filter((password) => /^\d/.test(password)).length;

    expect(digitsInFirstPlace).to.be.within(200, 1_500);
  });

  it("holds neither 0 nor 1 nor l, which people take for letters and for each other", () => {
    expect(passwords.join("")).to.not.match(/[01l]/);
  });
});

describe("a hashed password", () => {
  it("is a hash of that password, which Zitadel accepts by default", async () => {
    const hash = (await hashPassword(new Secret("Pässwörd 1!"))).reveal();

    requireSupportedHash(hash, DEFAULT_SETTINGS);
    expect(await bcrypt.compare("Pässwörd 1!", hash)).to.equal(true);
  });

  it("is accepted by servers that only look at its beginning, too", async () => {
    const hash = (await hashPassword(new Secret("x"))).reveal();
    const features = { ...DEFAULT_SETTINGS.features, hashCostBounds: false };

    requireSupportedHash(hash, { ...DEFAULT_SETTINGS, features });
  });

  it("is refused beyond 72 bytes, the end of which bcrypt would ignore", async () => {
    const tooLong = new Secret("é".repeat(36) + "!");

    const error = await rejection(hashPassword(tooLong));

    expect(error).to.be.instanceOf(UsageError);
    expect(error.message).to.contain("72 bytes").and.to.not.contain("é");
  });

  it("is made of 72 bytes exactly", async () => {
    const longest = "é".repeat(36);

    const hash = (await hashPassword(new Secret(longest))).reveal();

    expect(await bcrypt.compare(longest, hash)).to.equal(true);
  });
});
