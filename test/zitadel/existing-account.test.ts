// What becomes of a job whose user id exists in Zitadel already.
import { expect } from "chai";
import { isUpstreamFault } from "../../src/domain/upstream-health.ts";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";

describe("an account that exists already", () => {
  const zitadel = useZitadel();

  it("is adopted when an earlier attempt had created it", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await provider.createAccount(account, false);

    const result = await provider.createAccount(account, false);

    expect(result).to.deep.equal({ kind: "adopted", zitadelUserId: account.id, note: null });
    expect(await zitadel.control.listUsers()).to.have.lengthOf(1);
  });

  it("is adopted when the first look comes too early for Zitadel's read model", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await provider.createAccount(account, false);
    await zitadel.setFaults({ method: "GetUserByID", kind: "user-not-visible", times: 1 });

    const result = await provider.createAccount(account, false);

    expect(result.kind).to.equal("adopted");
  });

  it("is adopted though Zitadel kept the username in another case", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount({ username: "kim_smith" });
    await zitadel.control.addUser({ userId: account.id, username: "Kim_Smith" });

    const result = await provider.createAccount(account, false);

    expect(result.kind).to.equal("adopted");
  });

  it("is another's when the job's id has another username", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await zitadel.control.addUser({ userId: account.id, username: "somebody_else" });

    const result = await provider.createAccount(account, false);

    expect(summary(result)).to.include({
      kind: "permanent",
      code: "id_taken",
      grpcCode: 9,
      zitadelErrorId: "COMMAND-7yiox1isql",
    });
  });

  it("is another's when the job's id belongs to a machine", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    const { id, username } = account;
    await zitadel.control.addUser({ userId: id, username, type: "machine" });

    const result = await provider.createAccount(account, false);

    expect(summary(result)).to.include({ kind: "permanent", code: "id_taken" });
  });

  it("is another's when the job's id lives in another organization", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await zitadel.control.changeSettings({ serviceAccountRole: "instance-manager" });
    const { id, username } = account;
    await zitadel.control.addUser({ userId: id, username, orgId: "another-org" });

    const result = await provider.createAccount(account, false);

    expect(summary(result)).to.include({ kind: "permanent", code: "id_taken" });
  });

  it("is another's when the job's id lives in an organization that we may not read", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    const { id, username } = account;
    await zitadel.control.addUser({ userId: id, username, orgId: "another-org" });

    const result = await provider.createAccount(account, false);

    expect(summary(result)).to.include({ kind: "permanent", code: "id_taken" });
  });

  it("cannot be found when its organization was removed: the last try says the likely reason", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    const { id: userId, username } = account;
    await zitadel.control.addUser({ userId, username, orgId: "removed-org" });
    await zitadel.control.changeOrg({ orgId: "removed-org", state: "removed" });

    const result = await provider.createAccount(account, false);
    const last = await provider.createAccount(account, true);

    expect(summary(result)).to.include({ kind: "transient", code: "unknown" });
    expect(isUpstreamFault(result)).to.equal(false);
    expect(summary(last)).to.include({ kind: "permanent", code: "id_taken" });
    expect(last).to.have.nested.property("failure.message").that.includes("probably");
  });

  it("is undecided while Zitadel does not answer whose it is", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await zitadel.control.addUser({ userId: account.id, username: "somebody_else" });
    await zitadel.setFaults({ method: "GetUserByID", kind: "db-read-error" });

    for (const lastTry of [false, true]) {
      const result = await provider.createAccount(account, lastTry);

      expect(summary(result)).to.include({ kind: "transient", code: "unknown" });
      expect(isUpstreamFault(result)).to.equal(true);
    }
  });

  it("is undecided if the role was removed between the refusal and the question", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await provider.createAccount(account, false);
    const refusal = { code: 9, id: "COMMAND-7yiox1isql", message: "exists" } as const;
    await zitadel.setFaults({ method: "CreateUser", kind: "grpc", ...refusal });
    await zitadel.control.changeSettings({ serviceAccountRole: "no-membership" });

    const result = await provider.createAccount(account, false);

    expect(summary(result)).to.include({ kind: "blameless", stop: "refused" });
  });
});
