// The call that changes nothing, made after an outage before any job is risked.
import { expect } from "chai";
import { rejection, useZitadel } from "../support/zitadel-adapter.ts";
import { IdentityRateLimited, IdentityRefused, IdentityUnavailable } from "../../src/errors.ts";

describe("the probe", () => {
  const zitadel = useZitadel();

  it("passes when Zitadel answers, and changes nothing", async () => {
    const provider = await zitadel.connected();

    await provider.probe();

    expect(await zitadel.count("GetUserByID")).to.equal(1);
    expect(await zitadel.control.listUsers()).to.deep.equal([]);
  });

  const faults = [
    [{ kind: "db-read-error" }, IdentityUnavailable],
    [{ kind: "http", status: 503 }, IdentityUnavailable],
    [{ kind: "drop-before-commit" }, IdentityUnavailable],
    [{ kind: "http", status: 429 }, IdentityRateLimited],
    [{ kind: "quota-exhausted" }, IdentityRateLimited],
    [{ kind: "instance-blocked" }, IdentityRateLimited],
    [{ kind: "unauthenticated-db" }, IdentityRefused],
    [{ kind: "grpc", code: 5, id: "AUTHZ-cdgFk" }, IdentityRefused],
    [{ kind: "grpc", code: 12 }, IdentityRefused],
  ] as const;
  for (const [effect, type] of faults) {
    it(`fails with ${type.name} at ${JSON.stringify(effect)}`, async () => {
      const provider = await zitadel.connected();
      await zitadel.setFaults({ method: "GetUserByID", ...effect });

      const error = await rejection(provider.probe());

      expect(error).to.be.instanceOf(type);
    });
  }

  it("reports how long to wait when it meets a rate limit", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "GetUserByID", kind: "http", status: 429, retryAfter: 9 });

    const error = await rejection(provider.probe());

    expect(error).to.include({ retryAfterMs: 9_000 });
  });

  it("fails when Zitadel has gone", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.setDown(true);

    const error = await rejection(provider.probe());

    expect(error).to.be.instanceOf(IdentityUnavailable);
  });
});
