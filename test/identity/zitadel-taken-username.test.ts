// Whose a username is that Zitadel cannot reserve: another's, ours, or nobody's.
import { expect } from "chai";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";

describe("a username that Zitadel cannot reserve", () => {
  const zitadel = useZitadel();

  it("is taken when another user bears it, in whatever case", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.addUser({ username: "Kim_Smith" });

    const result = await provider.createAccount(givenAccount({ username: "kim_smith" }), false);

    expect(summary(result)).to.include({
      kind: "permanent",
      code: "username_taken",
      grpcCode: 6,
      zitadelErrorId: "V3-DKcYh",
    });
  });

  it("is not taken when the database failed: nobody bears it", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "CreateUser", kind: "uniqueness-db-failure", times: 1 });
    const account = givenAccount();

    const first = await provider.createAccount(account, false);
    const second = await provider.createAccount(account, false);

    expect(summary(first)).to.include({ kind: "transient", code: "internal" });
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

  it("is tried again while the list lags behind, then found taken", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await zitadel.control.changeSettings({ listLagMs: 60_000 });
    await zitadel.control.addUser({ username: account.username });

    const first = await provider.createAccount(account, false);
    await zitadel.control.advanceClock(61_000);
    const second = await provider.createAccount(account, false);

    expect(summary(first)).to.include({ kind: "transient", code: "internal" });
    expect(summary(second)).to.include({ kind: "permanent", code: "username_taken" });
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
