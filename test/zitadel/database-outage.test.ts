// Zitadel's database in trouble: what it answers then looks like a wrong setting, and is an outage.
import { expect } from "chai";
import { IdentityUnavailable } from "../../src/errors.ts";
import { givenAccount, rejection, summary, useZitadel } from "../support/zitadel-adapter.ts";

describe("a Zitadel whose database fails", () => {
  const zitadel = useZitadel();

  it("is an outage on the first call, and no retry is used up", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "CreateUser", kind: "instance-not-found-db" });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({
      ...{ kind: "blameless", code: "unavailable", stop: "unavailable" },
      ...{ grpcCode: 5, zitadelErrorId: "QUERY-d3fas" },
    });
    expect(result).to.have.nested.property("failure.message").that.includes("database");
  });

  it("is distinguished from a host name that no instance has", async () => {
    const provider = await zitadel.connected();
    const text = "unable to set instance by requestedDomain x: ID=QUERY-1kIjX Message=not found";
    await zitadel.setFaults({ method: "CreateUser", kind: "grpc", code: 5, message: text });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({
      ...{ kind: "blameless", stop: "refused", zitadelErrorId: "QUERY-1kIjX" },
    });
    expect(result).to.have.nested.property("failure.message").that.includes("ZITADEL_URL");
  });

  for (const [what, fault] of [
    ["a NOT_FOUND without an id", { code: 5 }],
    ["an organization that is not found", { code: 7, id: "AUTH-Bs7Ds" }],
    ["a token that it does not accept", { code: 16, id: "AUTH-7fs1e" }],
  ] as const) {
    it(`answers ${what}: an outage where the address has answered before, else a wrong setting`, async () => {
      const provider = await zitadel.connected();
      const refusal = {
        method: "CreateUser",
        kind: "grpc",
        message: "not found",
        ...fault,
      } as const;
      await zitadel.setFaults(refusal);
      const first = await provider.createAccount(givenAccount(), false);
      await zitadel.setFaults();
      const good = await provider.createAccount(givenAccount(), false);
      await zitadel.setFaults(refusal);

      const later = await provider.createAccount(givenAccount(), false);

      expect(summary(first)).to.include({ kind: "blameless", stop: "refused" });
      expect(good.kind).to.equal("created");
      expect(summary(later)).to.include({ kind: "blameless", stop: "unavailable" });
    });

    it(`answers ${what} on a first contact: an outage where it says that it is not ready`, async () => {
      const provider = await zitadel.connected();
      await zitadel.setFaults({ method: "*", kind: "grpc", message: "not found", ...fault });
      await zitadel.control.changeSettings({ readyStatus: 412 });

      const result = await provider.createAccount(givenAccount(), false);
      const error = await rejection(provider.probe());

      expect(summary(result)).to.include({ kind: "blameless", stop: "unavailable" });
      expect(result).to.have.nested.property("failure.message").that.includes("/debug/ready");
      expect(error).to.be.instanceOf(IdentityUnavailable);
    });
  }

  it("refuses new tokens, too: the run stops, and the breaker waits for the next one to find out", async () => {
    const provider = zitadel.open();
    await provider.createAccount(givenAccount(), false);
    await zitadel.setFaults({ method: "CreateUser", kind: "unauthenticated-db" });

    const result = await provider.createAccount(givenAccount(), false);

    expect(await zitadel.count("token")).to.equal(2);
    expect(summary(result)).to.include({ stop: "unavailable", zitadelErrorId: "AUTH-7fs1e" });
    expect(result).to.have.nested.property("stop.leavesBreaker", true);
  });

  it("leaves what it cannot say of an account open", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await provider.createAccount(account, false);
    await zitadel.setFaults({ method: "GetUserByID", kind: "instance-not-found-db" });

    const created = await provider.createAccount(account, true);
    const adopted = await provider.adoptAccount(account);
    const seen = await provider.verifyAccount(account, false);

    expect(summary(created)).to.include({ kind: "transient", code: "unknown" });
    expect(summary(adopted)).to.include({ kind: "blameless", stop: "unavailable" });
    expect(seen).to.have.property("kind", "unanswered");
  });
});
