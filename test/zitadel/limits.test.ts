// Proxies, rate limits, quotas: which jobs use up a retry, and whether the run continues.
import { expect } from "chai";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";

describe("a proxy before Zitadel", () => {
  const zitadel = useZitadel();

  for (const status of [502, 503, 504]) {
    it(`that answers HTTP ${status} is a transient fault, and nothing more is asked of it`, async () => {
      const provider = await zitadel.connected();
      await zitadel.setFaults({ method: "CreateUser", kind: "http", status, retryAfter: 7 });

      const result = await provider.createAccount(givenAccount(), false);

      expect(summary(result)).to.include({ kind: "transient", code: "unavailable", grpcCode: 14 });
      expect(await zitadel.count("GetUserByID")).to.equal(0);
    });

    it(`that answers HTTP ${status} to the last try is asked for the account`, async () => {
      const provider = await zitadel.connected();
      await zitadel.setFaults({ method: "CreateUser", kind: "http", status, commit: true });

      const result = await provider.createAccount(givenAccount(), true);

      expect(result.kind).to.equal("adopted");
    });
  }

  it("that answers with a page of its own fails no job permanently", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({
      ...{ method: "CreateUser", kind: "http", status: 200, contentType: "text/html" },
      body: "<html>Sign in to the network</html>",
    });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({ kind: "transient", code: "unknown" });
    expect(JSON.stringify(result)).to.include("HTTP 200 without gRPC, as from a proxy in between");
  });

  it("that loses an answer leaves an account that the next attempt adopts", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await zitadel.setFaults({
      method: "CreateUser",
      kind: "http",
      status: 504,
      commit: true,
      times: 1,
    });

    const first = await provider.createAccount(account, false);
    const second = await provider.createAccount(account, false);

    expect(first.kind).to.equal("transient");
    expect(second.kind).to.equal("adopted");
  });

  const refusals = { 401: "credentials", 403: "permission", 404: "address" };
  for (const [status, what] of Object.entries(refusals)) {
    it(`that answers HTTP ${status} ends the run: our ${what} is at fault`, async () => {
      const provider = await zitadel.connected();
      await zitadel.setFaults({ method: "*", kind: "http", status: Number(status) });

      const result = await provider.createAccount(givenAccount(), false);

      expect(summary(result)).to.include({ kind: "blameless", stop: "refused" });
    });
  }

  it("that answers HTTP 404 to everything, after Zitadel had answered, means an outage of Zitadel", async () => {
    const provider = await zitadel.connected();
    await provider.createAccount(givenAccount(), false);
    await zitadel.setFaults({ method: "*", kind: "http", status: 404 });

    const created = await provider.createAccount(givenAccount(), false);
    const seen = await provider.verifyAccount(givenAccount(), false);

    expect(summary(created)).to.include({ kind: "blameless", stop: "unavailable" });
    expect(seen).to.have.nested.property("result.stop.outcome", "unavailable");
  });

  it("that answers HTTP 404 for one account does not make the server one older than v4", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "CreateUser", kind: "http", status: 404, times: 1 });

    const refused = await provider.createAccount(givenAccount(), false);
    const next = await provider.createAccount(givenAccount(), false);

    await zitadel.setFaults({ method: "CreateUser", kind: "http", status: 404, times: 1 });
    const known = await provider.createAccount(givenAccount(), false);

    expect(summary(refused)).to.include({ kind: "transient", code: "unknown" });
    expect(next.kind).to.equal("created");
    expect(summary(known)).to.include({ kind: "transient", code: "unknown" });
    expect(await zitadel.count("AddHumanUser")).to.equal(0);
  });

  for (const status of [400, 413, 500]) {
    it(`that answers HTTP ${status} is a transient fault`, async () => {
      const provider = await zitadel.connected();
      await zitadel.setFaults({ method: "CreateUser", kind: "http", status });

      const result = await provider.createAccount(givenAccount(), false);

      expect(summary(result)).to.include({ kind: "transient" });
    });
  }
});

describe("a rate limit", () => {
  const zitadel = useZitadel();

  it("of HTTP 429 ends the run, for as long as Retry-After says", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "CreateUser", kind: "http", status: 429, retryAfter: 7 });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({
      kind: "blameless",
      code: "rate_limited",
      stop: "stopped",
      retryAfterMs: 7_000,
    });
    expect(await zitadel.count("GetUserByID")).to.equal(0);
  });

  it("of HTTP 429 understands a Retry-After that is a date", async () => {
    const provider = await zitadel.connected();
    const retryAfter = new Date(Date.now() + 90_000).toUTCString();
    await zitadel.setFaults({ method: "CreateUser", kind: "http", status: 429, retryAfter });

    const result = summary(await provider.createAccount(givenAccount(), false));

    expect(result).to.have.property("retryAfterMs").that.is.within(80_000, 90_000);
  });

  for (const retryAfter of [undefined, "soon", "-5", "Thu, 01 Jan 1970 00:00:00 GMT"]) {
    it(`of HTTP 429 with a Retry-After of ${retryAfter} names no wait`, async () => {
      const provider = await zitadel.connected();
      const header = retryAfter === undefined ? {} : { retryAfter };
      await zitadel.setFaults({ method: "CreateUser", kind: "http", status: 429, ...header });

      const result = await provider.createAccount(givenAccount(), false);

      expect(summary(result)).to.include({ kind: "blameless", stop: "stopped" });
      expect(summary(result)).to.have.property("retryAfterMs").that.is.oneOf([null, 0]);
    });
  }

  it("of a used-up quota ends the run", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.changeSettings({ quotaExhausted: true });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({
      kind: "blameless",
      code: "rate_limited",
      stop: "stopped",
      zitadelErrorId: "QUOTA-vjAy8",
    });
  });

  it("of a blocked instance ends the run", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.changeSettings({ instanceBlocked: true });

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({
      kind: "blameless",
      code: "rate_limited",
      stop: "stopped",
      zitadelErrorId: "LIMITS-molsj",
    });
  });

  it("that meets the question for the account uses up no retry either", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults(
      { method: "CreateUser", kind: "raw-unknown" },
      { method: "GetUserByID", kind: "http", status: 429, retryAfter: 3 },
    );

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({
      kind: "blameless",
      stop: "stopped",
      retryAfterMs: 3_000,
    });
  });
});
