// Whose a username is that Zitadel cannot reserve: another's, ours, or nobody's.
import { expect } from "chai";
import { isUpstreamFault } from "../../src/domain/upstream-health.ts";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";

describe("a username that Zitadel cannot reserve", () => {
  const zitadel = useZitadel();

  it("is taken when another user has it, in any case of letters, whom the message names", async () => {
    const provider = await zitadel.connected();
    const { userId } = await zitadel.control.addUser({ username: "Kim_Smith" });

    const result = await provider.createAccount(givenAccount({ username: "kim_smith" }), false);

    expect(summary(result)).to.include({
      kind: "permanent",
      code: "username_taken",
      grpcCode: 6,
      zitadelErrorId: "V3-DKcYh",
    });
    expect(result)
      .to.have.nested.property("failure.message")
      .that.matches(new RegExp(`user ${userId} of organization ${zitadel.server.orgId}$`));
    expect(await zitadel.count("GetUserByLoginNameGlobal")).to.equal(0);
  });

  it("is taken at once when a user of an organization that we cannot see has it", async () => {
    const provider = await zitadel.connected();
    const { userId } = await zitadel.control.addUser({ username: "KIM_smith", orgId: "org-b" });

    const result = await provider.createAccount(givenAccount({ username: "kim_smith" }), false);

    expect(summary(result)).to.include({ kind: "permanent", code: "username_taken" });
    expect(result)
      .to.have.nested.property("failure.message")
      .that.includes(
        `user ${userId} of organization org-b (new accounts belong to organization ${zitadel.server.orgId})`,
      );
  });

  const unsearchable = {
    "by a server that no longer has the method": { unknownMethods: ["GetUserByLoginNameGlobal"] },
    "by a role that may not": null,
  } as const;
  for (const [why, settings] of Object.entries(unsearchable)) {
    it(`is tried again, as no fault of Zitadel's, where nobody can be searched for ${why}`, async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();
      await zitadel.control.addUser({ username: account.username, orgId: "org-b" });
      if (settings !== null) await zitadel.control.changeSettings(settings);
      else {
        const method = "GetUserByLoginNameGlobal";
        await zitadel.setFaults({ method, kind: "grpc", code: 7, id: "AUTH-5mWD2" });
      }

      const result = await provider.createAccount(account, false);
      const last = await provider.createAccount(account, true);

      expect(summary(result)).to.include({ kind: "transient", code: "internal", stop: null });
      expect(isUpstreamFault(result)).to.equal(false);
      expect(summary(last)).to.include({ kind: "permanent", code: "username_taken" });
      expect(last).to.have.nested.property("failure.message").that.includes("probably");
    });
  }

  it("counts as a fault of Zitadel's when the search is not answered", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await zitadel.control.addUser({ username: account.username, orgId: "org-b" });
    await zitadel.setFaults({ method: "GetUserByLoginNameGlobal", kind: "db-read-error" });

    const result = await provider.createAccount(account, true);

    expect(summary(result)).to.include({ kind: "transient", code: "internal" });
    expect(isUpstreamFault(result)).to.equal(true);
  });

  it("is not taken when the database failed: nobody has it", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "CreateUser", kind: "uniqueness-db-failure", times: 1 });
    const account = givenAccount();

    const first = await provider.createAccount(account, false);
    const second = await provider.createAccount(account, false);

    expect(summary(first)).to.include({ kind: "transient", code: "internal" });
    expect(isUpstreamFault(first)).to.equal(true);
    expect(second.kind).to.equal("created");
  });

  it("is ours when the database failed after the account was stored", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({
      method: "CreateUser",
      kind: "commit-then-status",
      code: 6,
      id: "V3-DKcYh",
      message: "Errors.Internal",
    });

    const result = await provider.createAccount(givenAccount(), false);

    expect(result.kind).to.equal("adopted");
  });

  it("is found taken while the list lags behind", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await zitadel.control.changeSettings({ listLagMs: 60_000 });
    await zitadel.control.addUser({ username: account.username });

    const result = await provider.createAccount(account, false);

    expect(summary(result)).to.include({ kind: "permanent", code: "username_taken" });
  });

  it("is tried again when the list cannot be asked", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await zitadel.control.addUser({ username: account.username });
    await zitadel.setFaults({ method: "ListUsers", kind: "grpc", code: 13 });

    const result = await provider.createAccount(account, false);

    expect(summary(result)).to.include({ kind: "transient", code: "internal" });
  });

  it("is not taken by a user whose name only contains it", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount({ username: "kim" });
    await zitadel.control.addUser({ username: "kimberley" });
    await zitadel.setFaults({ method: "CreateUser", kind: "uniqueness-db-failure" });

    const result = await provider.createAccount(account, false);

    expect(summary(result)).to.include({ kind: "transient" });
  });

  it("is created once when two attempts run at the same time", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();

    const results = await Promise.all([
      provider.createAccount(account, false),
      provider.createAccount(account, false),
    ]);

    expect(results.map(({ kind }) => kind)).to.have.members(["created", "adopted"]);
  });
});
