// A service account without a permission: an operator must act, and no job uses up a retry.
import { expect } from "chai";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";

describe("a service account", () => {
  const zitadel = useZitadel();

  it("that may only read ends the run at its first creation", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.changeSettings({ serviceAccountRole: "read-only" });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({
      kind: "blameless",
      stop: "refused",
      grpcCode: 7,
      zitadelErrorId: "AUTH-AWfge",
    });
    expect(result).to.have.nested.property("stop.reason").that.contains("ORG_USER_MANAGER");
  });

  it("that is no member of the organization ends the run at its first creation", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.changeSettings({ serviceAccountRole: "no-membership" });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({
      kind: "blameless",
      stop: "refused",
      grpcCode: 5,
      zitadelErrorId: "AUTHZ-cdgFk",
    });
  });

  it("whose membership Zitadel misses for a moment is asked for once more", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({
      method: "CreateUser",
      kind: "grpc",
      code: 5,
      id: "AUTHZ-cdgFk",
      times: 1,
    });

    const result = await provider.createAccount(givenAccount(), false);

    expect(result.kind).to.equal("created");
  });

  const readFaults = [
    [7, "AUTH-AWfge"],
    [5, "AUTHZ-cdgFk"],
  ] as const;
  for (const [code, id] of readFaults) {
    it(`that may not ask for the account (${id}) leaves the job as it was`, async () => {
      const provider = await zitadel.connected();
      await zitadel.setFaults(
        { method: "CreateUser", kind: "commit-then-status", code: 13 },
        { method: "GetUserByID", kind: "grpc", code, id },
      );

      const result = await provider.createAccount(givenAccount(), false);

      expect(summary(result)).to.include({
        kind: "blameless",
        stop: "refused",
        zitadelErrorId: id,
      });
    });
  }

  it("that names an organization which does not exist ends the run", async () => {
    const provider = await zitadel.connected({ orgId: "no-such-org" });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({
      kind: "blameless",
      stop: "refused",
      zitadelErrorId: "AUTH-Bs7Ds",
    });
  });
});
