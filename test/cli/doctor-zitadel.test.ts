// doctor and Zitadel: each step of a run that can fail, planted and told; no account, whatever it asks.
import { expect } from "chai";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { askDoctor, expectLine } from "../support/diagnosis.ts";
import { setScene } from "../support/scene.ts";
import { CERTIFICATE_FILE, startTlsServer } from "../support/tls-server.ts";

describe("doctor and Zitadel", () => {
  const scene = setScene();
  const withToken = () => ({
    ...{ ZITADEL_KEY: undefined, ZITADEL_TOKEN: scene.zitadel.pat },
    ZITADEL_ORG_ID: scene.zitadel.orgId,
  });

  afterEach(async () => {
    expect(await scene.zitadel.control.listUsers()).to.deep.equal([]);
  });

  it("names an issuer that is not ZITADEL_URL", async () => {
    const told = await askDoctor(scene, {
      ZITADEL_URL: scene.zitadel.url.replace("127.0.0.1", "localhost"),
    });

    expect(told.code).to.equal(1);
    expectLine(told.line("discovery"), "fail", /HTTP 404|calls itself/, /ZITADEL_URL/);
    expect(told.line("token").found).to.equal("hidden by discovery");
  });

  it("names an issuer that calls itself otherwise", async () => {
    const server = createServer((_request, response) =>
      response.end('{"issuer":"https://id.example.com"}'),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;

    const told = await askDoctor(scene, { ZITADEL_URL: `http://127.0.0.1:${port}` });
    server.closeAllConnections();
    server.close();

    expectLine(
      told.line("discovery"),
      "fail",
      /itself "https:\/\/id\.example\.com"/,
      /ZITADEL_URL/,
    );
  });

  it("says that the key is refused, when it was removed or its account locked", async () => {
    await scene.zitadel.control.changeSettings({ profile: "head", serviceKeyValid: false });

    const told = await askDoctor(scene);

    expectLine(told.line("token"), "fail", /HTTP 400 \(invalid_grant\)/, /key is current/);
    expect(told.line("organization").found).to.equal("hidden by token");
  });

  it("warns of a key that expires soon, and fails one that has", async () => {
    const key = { ...scene.zitadel.serviceKey };
    const at = (ms: number) => ({
      ZITADEL_KEY: JSON.stringify({
        ...key,
        expirationDate: new Date(Date.now() + ms).toISOString(),
      }),
    });

    const soon = await askDoctor(scene, at(5 * 86_400_000));
    const gone = await askDoctor(scene, at(-86_400_000));

    expectLine(soon.line("token"), "warn", /expires in 4d|expires in 5d/, /new key/);
    expectLine(gone.line("ZITADEL_KEY"), "fail", /expired on/, /download a key/);
    expect(gone.line("token").found).to.equal("hidden by ZITADEL_KEY");
  });

  it("logs in and goes on where Zitadel's clock is off, and says so", async () => {
    await scene.zitadel.control.changeSettings({ clockOffsetMs: 120_000 });

    const told = await askDoctor(scene);

    expectLine(told.line("discovery"), "ok", /clock is 1(19|20) s ahead/, null);
    expect(told.line("token").status).to.equal("ok");
  });

  it("says that the account may read but not create", async () => {
    await scene.zitadel.control.changeSettings({ serviceAccountRole: "read-only" });

    const told = await askDoctor(scene);

    expect(told.code).to.equal(1);
    expectLine(told.line("create users"), "fail", /AUTH-AWfge/, /ORG_USER_MANAGER/);
    expectLine(told.line("read users"), "warn", /none may be read/, /ORG_USER_MANAGER/);
  });

  it("says that the account is no member of the organization", async () => {
    await scene.zitadel.control.changeSettings({ serviceAccountRole: "no-membership" });

    const told = await askDoctor(scene);

    expectLine(told.line("create users"), "fail", /no member.*AUTHZ-cdgFk/, /ORG_USER_MANAGER/);
  });

  it("says that the organization does not exist", async () => {
    const told = await askDoctor(scene, { ZITADEL_ORG_ID: "123456" });

    const line = told.line("organization");
    expectLine(
      line,
      "fail",
      /organization was not found \(.*AUTH-Bs7Ds\)/,
      /^check ZITADEL_ORG_ID$/,
    );
    expect(told.line("create users").found).to.equal("hidden by organization");
  });

  it("learns of the permission from a server older than v4 as well", async () => {
    await scene.zitadel.control.changeSettings({ features: { createUser: false } });
    const granted = await askDoctor(scene);
    await scene.zitadel.control.changeSettings({ serviceAccountRole: "read-only" });
    const refused = await askDoctor(scene);

    expect(granted.line("create users").status).to.equal("ok");
    expectLine(refused.line("create users"), "fail", /AUTH-5mWD2/, /ORG_USER_MANAGER/);
  });

  it("cannot tell with a personal access token, and says how a lack would show", async () => {
    const told = await askDoctor(scene, withToken());

    expectLine(told.line("token"), "ok", /personal access token/, null);
    expectLine(told.line("create users"), "skip", /without creating.*exit code 77/, null);
    const calls = await scene.zitadel.control.calls();
    expect(calls.filter(({ method }) => /Create|Add/.test(method))).to.deep.equal([]);
  });

  it("names a personal access token that is not valid", async () => {
    const told = await askDoctor(scene, { ...withToken(), ZITADEL_TOKEN: "expired-token" });

    expectLine(told.line("organization"), "fail", /credentials were refused/, /ZITADEL_TOKEN/);
    expect(told.stdout).not.to.include("expired-token");
  });

  it("says that Zitadel asks to wait", async () => {
    await scene.zitadel.control.changeSettings({ quotaExhausted: true });

    const told = await askDoctor(scene);

    expectLine(told.line("token"), "fail", /HTTP 429/, /wait/);
  });

  it("says that gRPC is not where ZITADEL_API_URL says", async () => {
    const told = await askDoctor(scene, { ZITADEL_API_URL: "http://127.0.0.1:1" });

    expect(told.line("token").status).to.equal("ok");
    expectLine(told.line("organization"), "fail", /no gRPC connection/, /ZITADEL_API_URL/);
  });

  it("says that a CA file is of no use over plain http", async () => {
    const told = await askDoctor(scene, { ZITADEL_CA_FILE: CERTIFICATE_FILE });

    const [http, unused] = told.lines("certificate");
    expect(http?.found).to.equal("none: plain http");
    expect(unused).to.include({ status: "warn", mend: "unset ZITADEL_CA_FILE" });
  });

  it("looks at the certificate: untrusted, and trusted by the CA file alone", async () => {
    const server = await startTlsServer();

    const stranger = await askDoctor(scene, { ZITADEL_URL: server.url });
    const known = await askDoctor(scene, {
      ...{ ZITADEL_URL: server.url, ZITADEL_CA_FILE: CERTIFICATE_FILE },
    });
    await server.stop();

    expectLine(stranger.line("certificate"), "fail", /self.signed/, /ZITADEL_CA_FILE/);
    expect(stranger.line("token").status).to.equal("skip");
    expectLine(known.line("certificate"), "ok", /is trusted until/, null);
  });
});
