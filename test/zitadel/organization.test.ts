// An organization in which nobody can sign in takes accounts all the same: a run must not create any.
import { expect } from "chai";
import { IdentityRateLimited, IdentityRefused } from "../../src/errors.ts";
import { rejection, useZitadel } from "../support/zitadel-adapter.ts";

describe("the organization of the new users", () => {
  const zitadel = useZitadel();

  beforeEach(async () => {
    await zitadel.control.changeSettings({ serviceAccountRole: "instance-manager" });
    await zitadel.control.addOrg({ orgId: "other", primaryDomain: "other.localhost" });
  });

  const check = async () => {
    const provider = await zitadel.connected({ orgId: "other" });
    return provider.checkOrganization();
  };

  it("that is active is accepted, with one question", async () => {
    await check();

    expect(await zitadel.count("GetMyOrg")).to.equal(1);
  });

  const states = [
    ["inactive", /organization other is inactive.*Activate it/],
    ["removed", /organization other was removed.*ZITADEL_ORG_ID/],
  ] as const;
  for (const [state, message] of states) {
    it(`that is ${state} is refused`, async () => {
      await zitadel.control.changeOrg({ orgId: "other", state });

      const error = await rejection(check());

      expect(error).to.be.instanceOf(IdentityRefused);
      expect(error.message).to.match(message);
    });
  }

  it("that Zitadel does not find counts as removed", async () => {
    await zitadel.setFaults({ method: "GetMyOrg", kind: "grpc", code: 5, id: "QUERY-iTTGJ" });

    expect(await rejection(check())).to.be.instanceOf(IdentityRefused);
  });

  const unclear = [
    ["may not be asked for", { kind: "grpc", code: 7, id: "AUTH-5mWD2" }],
    ["is hidden by a proxy", { kind: "http", status: 403 }],
    ["is no question that the server knows", { kind: "http", status: 404 }],
    ["makes the server fail", { kind: "panic" }],
  ] as const;
  for (const [what, effect] of unclear) {
    it(`whose state ${what} keeps no run from its work`, async () => {
      await zitadel.setFaults({ method: "GetMyOrg", ...effect });

      await check();
    });
  }

  it("stops the run when Zitadel asks to wait", async () => {
    await zitadel.setFaults({ method: "GetMyOrg", kind: "http", status: 429, retryAfter: 7 });

    const error = await rejection(check());

    expect(error).to.be.instanceOf(IdentityRateLimited).and.include({ retryAfterMs: 7_000 });
  });
});
