// The same answer means another thing of an address or a key that has worked before.
import { expect } from "chai";
import type { LastContact } from "../../src/domain/last-contact.ts";
import { IdentityRefused, IdentityUnavailable } from "../../src/errors.ts";
import { patOf, rejection, useZitadel } from "../support/zitadel-adapter.ts";
import type { FaultEffect } from "../support/zitadel-emulator/index.ts";

describe("what is remembered of Zitadel", () => {
  const zitadel = useZitadel();
  const at = new Date("2026-01-31T14:16:10Z");

  const last = (change: Partial<LastContact> = {}): LastContact => ({
    ...{ url: zitadel.server.url, keyId: zitadel.server.serviceKey.keyId },
    ...{ at, withinADay: true, ...change },
  });

  const notZitadels: readonly (readonly [string, FaultEffect])[] = [
    ["HTTP 404", { kind: "http", status: 404 }],
    ["a redirect", { kind: "http", status: 302 }],
    ["a page of something else", { kind: "http", status: 200, body: "<html>" }],
  ];
  for (const [what, effect] of notZitadels) {
    it(`makes ${what} at discovery an outage, and a wrong address of one that never answered`, async () => {
      await zitadel.setFaults({ method: "discovery", ...effect });

      const known = await rejection(zitadel.open({}, last()).connect());
      const old = await rejection(zitadel.open({}, last({ withinADay: false })).connect());
      const other = await rejection(zitadel.open({}, last({ url: "https://b.example" })).connect());
      const unknown = await rejection(zitadel.open().connect());

      expect(known).to.be.instanceOf(IdentityUnavailable);
      expect(known.message).to.contain("used to work");
      for (const error of [old, other, unknown]) expect(error).to.be.instanceOf(IdentityRefused);
    });
  }

  for (const status of [302, 404]) {
    it(`makes HTTP ${status} of the token endpoint an outage, and a wrong setting where none was known`, async () => {
      await zitadel.setFaults({ method: "token", kind: "http", status });

      const known = await rejection(zitadel.open({}, last()).connect());
      const unknown = await rejection(zitadel.open().connect());

      expect(known).to.be.instanceOf(IdentityUnavailable);
      expect(known.message).to.match(/token endpoint .*used to work/);
      expect(unknown).to.be.instanceOf(IdentityRefused);
    });
  }

  it("makes a NOT_FOUND without an id an outage on the first call as well", async () => {
    const credentials = patOf(zitadel.server);
    await zitadel.setFaults({ method: "*", kind: "grpc", code: 5 });

    const known = await rejection(zitadel.open({ credentials }, last()).checkOrganization());
    const unknown = await rejection(zitadel.open({ credentials }).checkOrganization());

    expect(known).to.be.instanceOf(IdentityUnavailable);
    expect(unknown).to.be.instanceOf(IdentityRefused);
  });

  it("leaves a host that no instance has, and an organization that is not found, what they are", async () => {
    const credentials = patOf(zitadel.server);
    const provider = zitadel.open({ credentials, orgId: "no-such-org" }, last());
    const organization = await rejection(provider.checkOrganization());
    const url = zitadel.server.url.replace("127.0.0.1", "localhost");
    const host = await rejection(
      zitadel.open({ issuer: url, apiUrl: url }, last({ url })).connect(),
    );

    expect(organization).to.be.instanceOf(IdentityRefused);
    expect(host).to.be.instanceOf(IdentityRefused);
  });

  it("of its own discovery counts in the same run", async () => {
    const provider = zitadel.open();
    await provider.connect();
    await zitadel.control.revokeTokens({ alsoPat: false });
    await zitadel.setFaults({ method: "discovery", kind: "http", status: 404 });

    const error = await rejection(provider.probe());

    expect(error).to.be.instanceOf(IdentityUnavailable);
  });

  it("says when the key that Zitadel cannot verify last logged in, or that it never did", async () => {
    await zitadel.control.changeSettings({ serviceKeyValid: false });

    const known = await rejection(zitadel.open({}, last()).connect());
    const other = await rejection(zitadel.open({}, last({ keyId: "4711" })).connect());

    expect(known.message).to.contain("last logged in about 2026-01-31T14:16Z");
    expect(other.message).to.contain("no run is known to have logged in");
  });

  it("is recorded once Zitadel has answered, by key or by token", async () => {
    const byKey = zitadel.open();
    const byToken = zitadel.open({ credentials: patOf(zitadel.server) });
    await byKey.connect();
    await byToken.connect();
    const before = [byKey.hasAnswered(), byToken.hasAnswered()];
    await byToken.checkOrganization();

    expect([...before, byToken.hasAnswered()]).to.deep.equal([true, false, true]);
  });
});
