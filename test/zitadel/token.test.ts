// One access token a run: fetched once, kept while it works, replaced when it does not.
import { expect } from "chai";
import { givenAccount, patOf, rejection, summary, useZitadel } from "../support/zitadel-adapter.ts";
import { IdentityRefused } from "../../src/errors.ts";

const HOUR_MS = 3_600_000;

describe("the access token", () => {
  const zitadel = useZitadel();

  it("is fetched once for 25 first calls at the same time", async () => {
    const provider = zitadel.open();
    const accounts = Array.from({ length: 25 }, () => givenAccount());

    const results = await Promise.all(accounts.map((one) => provider.createAccount(one, false)));

    expect(results.map(({ kind }) => kind)).to.deep.equal(Array(25).fill("created"));
    expect(await zitadel.count("discovery")).to.equal(1);
    expect(await zitadel.count("token")).to.equal(1);
  });

  it("serves every call of the run", async () => {
    const provider = zitadel.open();
    await provider.connect();

    await provider.probe();
    await provider.createAccount(givenAccount(), false);
    await provider.connect();

    expect(await zitadel.count("token")).to.equal(1);
  });

  it("is renewed before it ends", async () => {
    const provider = zitadel.open();
    const body = JSON.stringify({ access_token: zitadel.server.pat, expires_in: 1e-9 });
    await zitadel.setFaults({
      method: "token",
      kind: "http",
      status: 200,
      contentType: "application/json",
      body,
      times: 1,
    });
    await provider.connect();

    const result = await provider.createAccount(givenAccount(), false);

    expect(result.kind).to.equal("created");
    expect(await zitadel.count("token")).to.equal(2);
  });

  it("is renewed when Zitadel says that it has expired, and the call repeated", async () => {
    const provider = zitadel.open();
    await provider.connect();
    await zitadel.control.advanceClock(13 * HOUR_MS);

    const result = await provider.createAccount(givenAccount(), false);

    expect(result.kind).to.equal("created");
    expect(await zitadel.count("token")).to.equal(2);
    expect(await zitadel.count("CreateUser")).to.equal(2);
  });

  it("is renewed once for 25 calls that are refused at the same time", async () => {
    const provider = zitadel.open();
    await provider.connect();
    await zitadel.control.revokeTokens({ alsoPat: false });
    const accounts = Array.from({ length: 25 }, () => givenAccount());

    const results = await Promise.all(accounts.map((one) => provider.createAccount(one, false)));

    expect(results.map(({ kind }) => kind)).to.deep.equal(Array(25).fill("created"));
    expect(await zitadel.count("token")).to.equal(2);
  });

  it("is renewed for the question for an account, too", async () => {
    const provider = zitadel.open();
    const account = givenAccount();
    await provider.createAccount(account, false);
    await zitadel.setFaults({ method: "GetUserByID", kind: "unauthenticated-db", times: 1 });

    const result = await provider.createAccount(account, false);

    expect(result.kind).to.equal("adopted");
    expect(await zitadel.count("token")).to.equal(2);
  });

  it("is believed to be refused when the second one is, too", async () => {
    const provider = zitadel.open();
    await provider.connect();
    await zitadel.setFaults({ method: "CreateUser", kind: "unauthenticated-db", times: 2 });

    const refused = await provider.createAccount(givenAccount(), false);
    const later = await provider.createAccount(givenAccount(), false);

    expect(summary(refused)).to.include({
      kind: "blameless",
      stop: "refused",
      grpcCode: 16,
      zitadelErrorId: "AUTH-7fs1e",
    });
    expect(later.kind).to.equal("created");
  });

  it("is refused permanently when the account was deactivated in the meantime", async () => {
    const provider = zitadel.open();
    await provider.connect();
    await zitadel.control.changeSettings({ serviceAccountActive: false });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({ kind: "blameless", stop: "refused" });
  });

  for (const hours of [-2, 2]) {
    it(`is got from a server whose clock is ${hours} hours off`, async () => {
      const provider = zitadel.open();
      await zitadel.control.changeSettings({ clockOffsetMs: hours * HOUR_MS });

      const result = await provider.createAccount(givenAccount(), false);

      expect(result.kind).to.equal("created");
      expect(await zitadel.count("token")).to.equal(1);
    });
  }
});

describe("a personal access token", () => {
  const zitadel = useZitadel();

  it("works without discovery and token endpoint", async () => {
    const provider = await zitadel.connected();

    const result = await provider.createAccount(givenAccount(), false);

    expect(result.kind).to.equal("created");
    expect(await zitadel.count("discovery")).to.equal(0);
    expect(await zitadel.count("token")).to.equal(0);
  });

  it("that was revoked is refused at the first call, which is not repeated", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.revokeTokens({ alsoPat: true });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({ kind: "blameless", stop: "refused" });
    expect(await zitadel.count("CreateUser")).to.equal(1);
  });

  it("that was revoked fails the probe as refused", async () => {
    const provider = zitadel.open({ credentials: patOf(zitadel.server) });
    await zitadel.control.revokeTokens({ alsoPat: true });

    const error = await rejection(provider.probe());

    expect(error).to.be.instanceOf(IdentityRefused);
    expect(error.message).to.contain("deletes the tokens of an account that is deactivated");
    expect(error.message).to.not.contain(zitadel.server.pat);
  });
});
