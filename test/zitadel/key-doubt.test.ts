// A login that Zitadel refuses for the key or for its own database, without saying which.
import { expect } from "chai";
import { IdentityRefused, IdentityUnavailable, IdentityUnproven } from "../../src/errors.ts";
import { givenAccount, rejection, summary, useZitadel } from "../support/zitadel-adapter.ts";

describe("a login that Zitadel answers with server_error", () => {
  const zitadel = useZitadel();

  const failures = [
    ["whose key was deleted", { serviceKeyValid: false }],
    ["whose key Zitadel cannot read", { database: "keys-unreadable" }],
    ["while Zitadel's database is read-only", { database: "read-only" }],
  ] as const;
  for (const [what, change] of failures) {
    it(`${what} names the key and the address, then what to look at: the key, and the database`, async () => {
      await zitadel.control.changeSettings(change);

      const error = await rejection(zitadel.open().connect());

      const { keyId } = zitadel.server.serviceKey;
      expect(error).to.be.instanceOf(IdentityUnproven);
      expect(error.message).to.match(
        new RegExp(
          `^http://\\S+ did not accept key ${keyId} .*HTTP 500 \\(server_error\\)\\. ` +
            "Look for this key in Zitadel's console: .*make a new one\\. .*own database is failing",
        ),
      );
    });
  }

  for (const readyStatus of [412, 503]) {
    it(`is an outage where /debug/ready answers HTTP ${readyStatus}`, async () => {
      await zitadel.control.changeSettings({ database: "keys-unreadable", readyStatus });

      const error = await rejection(zitadel.open().connect());

      expect(error).to.be.instanceOf(IdentityUnavailable).and.not.be.instanceOf(IdentityUnproven);
      expect(error.message).to.match(/not ready.*its database/);
    });
  }

  it("is in doubt also where nobody says whether Zitadel is ready", async () => {
    await zitadel.control.changeSettings({ serviceKeyValid: false });
    await zitadel.setFaults({ method: "ready", kind: "drop-before-commit" });

    expect(await rejection(zitadel.open().connect())).to.be.instanceOf(IdentityUnproven);
  });

  it("in mid-run stops the run, uses up no retry and leaves the breaker alone", async () => {
    const provider = zitadel.open();
    await provider.connect();
    await zitadel.control.revokeTokens({ alsoPat: false });
    await zitadel.control.changeSettings({ serviceKeyValid: false });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({ kind: "blameless", stop: "unavailable" });
    expect(result).to.have.nested.property("stop.leavesBreaker", true);
  });
});

describe("a login that Zitadel answers with invalid_grant, as later versions do", () => {
  const zitadel = useZitadel();

  beforeEach(() => zitadel.control.changeSettings({ profile: "head" }));

  it("is refused on a first contact", async () => {
    await zitadel.control.changeSettings({ database: "keys-unreadable" });

    const error = await rejection(zitadel.open().connect());

    expect(error).to.be.instanceOf(IdentityRefused);
    expect(error.message).to.contain(`did not accept key ${zitadel.server.serviceKey.keyId} `);
    expect(await zitadel.count("token")).to.equal(2);
  });

  it("is an outage where Zitadel says that it is not ready", async () => {
    await zitadel.control.changeSettings({ database: "keys-unreadable", readyStatus: 412 });

    const error = await rejection(zitadel.open().connect());

    expect(error).to.be.instanceOf(IdentityUnavailable).and.not.be.instanceOf(IdentityUnproven);
    expect(error.message).to.match(/invalid_grant.*not ready.*its database/);
  });

  it("in mid-run, by the key that logged in before, uses up no retry and leaves the breaker alone", async () => {
    const provider = zitadel.open();
    await provider.createAccount(givenAccount(), false);
    await zitadel.control.revokeTokens({ alsoPat: false });
    await zitadel.control.changeSettings({ database: "keys-unreadable" });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({ kind: "blameless", stop: "unavailable" });
    expect(result).to.have.nested.property("stop.leavesBreaker", true);
    expect(result)
      .to.have.nested.property("failure.message")
      .that.matches(/logged in earlier in this run: .*invalid_grant.*own database/);
  });
});
