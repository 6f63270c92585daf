// The creation as Zitadel receives it.
import { expect } from "chai";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";

const BCRYPT_HASH = `$2b$12$${"a".repeat(53)}`;

for (const createUser of [true, false]) {
  describe(`a creation by ${createUser ? "CreateUser" : "AddHumanUser"}`, () => {
    const zitadel = useZitadel();

    beforeEach(() => zitadel.control.changeSettings({ features: { createUser } }));

    it("names the job's id, the username and the names", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount({ fullName: "Kim van Dyk" });

      const result = await provider.createAccount(account, false);

      const user = await zitadel.control.findUser({ userId: account.id });
      expect(result).to.deep.equal({ kind: "created", zitadelUserId: account.id, note: null });
      expect(user).to.include({
        type: "human",
        orgId: zitadel.server.orgId,
        username: account.username,
        givenName: "Kim",
        familyName: "van Dyk",
        createdBy: createUser ? "CreateUser" : "AddHumanUser",
      });
    });

    it("gives a one-word name as both names", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount({ fullName: " Pelé " });

      await provider.createAccount(account, false);

      const user = await zitadel.control.findUser({ userId: account.id });
      expect(user).to.include({ givenName: "Pelé", familyName: "Pelé" });
    });

    it("has the synthetic email, verified, so that no mail is sent", async () => {
      const provider = await zitadel.connected({ syntheticEmailDomain: "kids.example" });
      const account = givenAccount({ username: "kim_smith" });

      await provider.createAccount(account, false);

      const user = await zitadel.control.findUser({ userId: account.id });
      expect(user).to.include({
        email: "kim_smith@kids.example",
        emailVerified: true,
        mailWouldHaveBeenSent: false,
      });
    });

    it("sends a password to be changed at the first login", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount({ password: "Pässwörd 1!" });

      await provider.createAccount(account, false);

      const user = await zitadel.control.findUser({ userId: account.id });
      expect(user).to.include({
        password: "Pässwörd 1!",
        passwordHash: null,
        changeRequired: true,
      });
    });

    it("sends a hash as a hash, which need not be changed", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount({ hash: BCRYPT_HASH });

      await provider.createAccount(account, false);

      const user = await zitadel.control.findUser({ userId: account.id });
      expect(user).to.include({
        password: null,
        passwordHash: BCRYPT_HASH,
        changeRequired: false,
      });
    });

    it("leaves the job and the family in the metadata", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();

      await provider.createAccount(account, false);

      const user = await zitadel.control.findUser({ userId: account.id });
      expect(user?.metadata).to.deep.equal({
        "familyhub.job_id": account.id,
        "familyhub.family_id": account.familyId,
      });
    });

    it("is judged by the password policy of its own organization", async () => {
      const provider = await zitadel.connected({ orgId: "other-org" });
      const lenient = { minLength: 1, lower: false, upper: false, number: false, symbol: false };
      await zitadel.control.addOrg({ orgId: "other-org", primaryDomain: "other.localhost" });
      await zitadel.control.changeSettings({
        serviceAccountRole: "instance-manager",
        orgPasswordPolicies: { "other-org": lenient },
      });
      const account = givenAccount({ password: "simple" });

      const result = await provider.createAccount(account, false);

      const user = await zitadel.control.findUser({ userId: account.id });
      const calls = await zitadel.control.calls();
      expect(result.kind).to.equal("created");
      expect(user).to.include({ orgId: "other-org" });
      expect(calls.at(-1)).to.include({ orgHeader: "other-org" });
    });

    it("with a password that bcrypt cannot take is given up", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount({ password: `Aa1!${"é".repeat(35)}` });

      const result = await provider.createAccount(account, false);

      expect(summary(result)).to.include({ kind: "permanent", code: "invalid_argument" });
      expect(result).to.have.nested.property("failure.message").that.contains("72 bytes");
    });

    it("with the longest password that bcrypt takes succeeds", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount({ password: `Aa1!${"é".repeat(34)}` });

      const result = await provider.createAccount(account, false);

      expect(result.kind).to.equal("created");
    });

    it("with a long hash is not mistaken for one with a long password", async () => {
      const provider = await zitadel.connected();
      const method = createUser ? "CreateUser" : "AddHumanUser";
      await zitadel.setFaults({ method, kind: "raw-unknown" });

      const result = await provider.createAccount(givenAccount({ hash: "$".repeat(100) }), false);

      expect(summary(result)).to.include({ kind: "transient", code: "unknown" });
    });
  });
}

describe("a server older than version 4", () => {
  const zitadel = useZitadel();

  beforeEach(() => zitadel.control.changeSettings({ features: { createUser: false } }));

  it("is found out once a run", async () => {
    const provider = await zitadel.connected();

    for (let n = 0; n < 3; n += 1) await provider.createAccount(givenAccount(), false);

    expect(await zitadel.count("CreateUser")).to.equal(1);
    expect(await zitadel.count("AddHumanUser")).to.equal(3);
  });

  it("is adopted from, too", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "AddHumanUser", kind: "commit-then-drop" });

    const result = await provider.createAccount(givenAccount(), false);

    expect(result.kind).to.equal("adopted");
  });

  it("that knows AddHumanUser neither ends the run", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "AddHumanUser", kind: "grpc", code: 12 });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({ kind: "blameless", stop: "refused", grpcCode: 12 });
  });
});
