// Asking for the account of a job whose run died, without ever creating it.
import { expect } from "chai";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";

describe("looking for the account of a run that died", () => {
  const zitadel = useZitadel();

  it("adopts the one that the run had created", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await provider.createAccount(account, false);

    const result = await provider.adoptAccount(account);

    expect(result).to.deep.equal({ kind: "adopted", zitadelUserId: account.id, note: null });
  });

  it("takes its absence for an interrupted attempt, and creates nothing", async () => {
    const provider = await zitadel.connected();

    const result = await provider.adoptAccount(givenAccount());

    expect(summary(result)).to.include({ kind: "transient", code: "interrupted" });
    expect(await zitadel.count("CreateUser")).to.equal(0);
    expect(await zitadel.control.listUsers()).to.deep.equal([]);
  });

  it("believes in its absence only at the second look", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await provider.createAccount(account, false);
    await zitadel.setFaults({ method: "GetUserByID", kind: "user-not-visible", times: 1 });

    expect((await provider.adoptAccount(account)).kind).to.equal("adopted");
  });

  it("never adopts another's account that has the job's id", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await zitadel.control.addUser({ userId: account.id, username: "somebody_else" });

    const result = await provider.adoptAccount(account);

    expect(result.kind).to.be.oneOf(["transient", "permanent"]);
    expect(result)
      .to.have.nested.property("failure.message")
      .that.does.not.contain("has no such account");
  });

  it("uses up no retry when Zitadel cannot say", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "GetUserByID", kind: "db-read-error" });

    const result = await provider.adoptAccount(givenAccount());

    expect(summary(result)).to.include({ kind: "blameless", code: "unavailable", stop: null });
  });

  it("ends the run when Zitadel refuses the question", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "GetUserByID", kind: "grpc", code: 7, id: "AUTH-AWfge" });

    const result = await provider.adoptAccount(givenAccount());

    expect(summary(result)).to.include({ kind: "blameless", stop: "refused" });
  });

  it("ends the run when Zitadel asks to wait", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "GetUserByID", kind: "http", status: 429, retryAfter: 4 });

    const result = await provider.adoptAccount(givenAccount());

    expect(summary(result)).to.include({ stop: "stopped", retryAfterMs: 4_000 });
  });

  it("ends the run when there is no token", async () => {
    const provider = zitadel.open();
    await zitadel.setFaults({ method: "token", kind: "http", status: 500 });

    const result = await provider.adoptAccount(givenAccount());

    expect(summary(result)).to.include({ kind: "blameless", stop: "unavailable" });
  });
});
