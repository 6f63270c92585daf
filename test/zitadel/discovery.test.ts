// Discovery decides where the signed assertion goes, which is worth a token: it is trusted no further than it must be.
import { createServer, type Server } from "node:http";
import { expect } from "chai";
import { IdentityRateLimited, IdentityRefused, IdentityUnavailable } from "../../src/errors.ts";
import { rejection, useZitadel } from "../support/zitadel-adapter.ts";
import { listen } from "../support/zitadel-emulator/listen.ts";

describe("discovery", () => {
  const zitadel = useZitadel();
  let thief: Server;
  let thiefUrl: string;
  let stolen: string[] = [];

  before(async () => {
    thief = createServer((request, response) => {
      stolen.push(request.url ?? "");
      response.end("{}");
    });
    thiefUrl = `http://127.0.0.1:${await listen(thief, 0)}`;
  });
  beforeEach(() => (stolen = []));
  after(() => {
    thief.close();
    thief.closeAllConnections();
  });

  const connectTo = async (discovery: Record<string, unknown>) => {
    await zitadel.control.changeSettings({ discovery });
    return rejection(zitadel.open().connect());
  };

  it("that names another issuer gets no credentials", async () => {
    for (const issuer of ["https://id.example.com", `${zitadel.server.url}/`, 7, null]) {
      const error = await connectTo({ issuer });

      expect(error).to.be.instanceOf(IdentityRefused);
      expect(error.message).to.match(/calls itself .*Set ZITADEL_URL/);
    }
    expect(await zitadel.count("token")).to.equal(0);
  });

  it("that names a token endpoint elsewhere sends the assertion nowhere", async () => {
    const error = await connectTo({ token_endpoint: `${thiefUrl}/oauth/v2/token` });

    expect(error).to.be.instanceOf(IdentityRefused);
    expect(error.message)
      .to.contain(thiefUrl)
      .and.to.match(/no credentials are sent/);
    expect(stolen).to.deep.equal([]);
    expect(await zitadel.count("token")).to.equal(0);
  });

  it("that names one elsewhere by https sends it nowhere either", async () => {
    const error = await connectTo({ token_endpoint: "https://thief.example/oauth/v2/token" });

    expect(error).to.be.instanceOf(IdentityRefused);
    expect(error.message).to.contain("https://thief.example");
  });

  it("that names no token endpoint is refused", async () => {
    for (const endpoint of [null, "/oauth/v2/token", 7]) {
      const error = await connectTo({ token_endpoint: endpoint });

      expect(error).to.be.instanceOf(IdentityRefused);
      expect(error.message).to.contain("names no token_endpoint");
    }
  });

  it("may name one at ZITADEL_API_URL", async () => {
    const apiUrl = zitadel.server.url.replace("127.0.0.1", "localhost");
    const { host } = new URL(apiUrl);
    await zitadel.control.changeSettings({
      discovery: { token_endpoint: `${apiUrl}/oauth/v2/token` },
      extraAuthorities: [host],
    });

    // The emulated server requires assertions for the host to which they are sent.
    const error = await rejection(zitadel.open({ apiUrl }).connect());

    expect(error.message).to.contain("server_error");
    expect(await zitadel.count("token")).to.equal(1);
  });

  it("of a host that is no instance's is refused, with Zitadel's own id", async () => {
    const issuer = zitadel.server.url.replace("127.0.0.1", "localhost");

    const error = await rejection(zitadel.open({ issuer, apiUrl: issuer }).connect());

    expect(error).to.be.instanceOf(IdentityRefused);
    expect(error.message).to.match(/HTTP 404.*QUERY-1kIjX.*ZITADEL_URL/);
  });

  it("of a Zitadel without its database is an outage, though v4 answers 404", async () => {
    await zitadel.control.changeSettings({ database: "gone" });

    const error = await rejection(zitadel.open().connect());

    expect(error).to.be.instanceOf(IdentityUnavailable);
    expect(error.message).to.match(/HTTP 404.*database.*QUERY-d3fas/);
  });

  it("of a blocked instance says so, and that waiting does not help", async () => {
    await zitadel.control.changeSettings({ instanceBlocked: true });

    const error = await rejection(zitadel.open().connect());

    expect(error).to.be.instanceOf(IdentityRateLimited);
    expect(error.message).to.match(/blocked.*not end by itself/);
  });

  it("and a token endpoint that is blocked means a quota", async () => {
    await zitadel.control.changeSettings({ quotaExhausted: true });

    const error = await rejection(zitadel.open().connect());

    expect(error).to.be.instanceOf(IdentityRateLimited);
    expect(error.message).to.match(/quota.*not end by itself/);
  });
});
