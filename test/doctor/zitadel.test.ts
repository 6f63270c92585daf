// doctor and Zitadel: each step of a run that can fail is planted and reported; no check creates an account.
import { expect } from "chai";
import { askDoctor, expectLine } from "../support/diagnosis.ts";
import { givenJob } from "../support/given.ts";
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
    expectLine(told.line("discovery"), "fail", /HTTP 404.*QUERY-1kIjX/, /own domain/);
    expect(told.line("token").found).to.equal("not checked: see discovery");
  });

  it("names an issuer that calls itself otherwise", async () => {
    const { control } = scene.zitadel;
    await control.changeSettings({ discovery: { issuer: "https://id.example.com" } });

    const told = await askDoctor(scene);

    expectLine(
      told.line("discovery"),
      "fail",
      /itself "https:\/\/id\.example\.com"/,
      /ZITADEL_URL/,
    );
    expect(told.line("token").found).to.equal("not checked: see discovery");
    expect((await control.counters()).requests.token).to.equal(0);
  });

  it("says what answers in Zitadel's place, as a run does", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.setFaults([
      {
        ...{ method: "discovery", kind: "http", status: 200, contentType: "text/html" },
        body: "<html>",
      },
    ]);

    const told = await askDoctor(scene);
    const run = await scene.cli(["retry-accounts"]);

    const found = /HTTP 200 with text\/html, and no JSON: something else answers .* proxy/;
    expectLine(told.line("discovery"), "fail", found, /ZITADEL_URL.*curl -i http/);
    expect(run.stderr).to.match(found);
    expect(run.code).to.equal(77);
  });

  it("says of a removed key what a later Zitadel says", async () => {
    await scene.zitadel.control.changeSettings({ profile: "head", serviceKeyValid: false });

    const told = await askDoctor(scene);

    expectLine(told.line("token"), "fail", /did not accept key .*HTTP 400/, /make a new one/);
    expect(told.line("organization").found).to.equal("not checked: see token");
  });

  it("names the key, and how to report it from Zitadel's database where v4 does not", async () => {
    await scene.zitadel.control.changeSettings({ serviceKeyValid: false });

    const told = await askDoctor(scene);

    const { keyId } = scene.zitadel.serviceKey;
    const found = new RegExp(`did not accept key ${keyId} .*: HTTP 500 \\(server_error\\)$`);
    expectLine(told.line("token"), "fail", found, /^Look for this key .*own database.*log$/);
  });

  it("says that the account was deactivated or locked", async () => {
    await scene.zitadel.control.changeSettings({ serviceAccountActive: false });

    const told = await askDoctor(scene);

    expectLine(told.line("token"), "fail", /HTTP 400 \(invalid_request\)/, /activate or unlock it/);
  });

  it("says that Zitadel's database is gone, which v4 answers with 404", async () => {
    await scene.zitadel.control.changeSettings({ database: "gone" });

    const told = await askDoctor(scene);

    expectLine(
      told.line("discovery"),
      "fail",
      /HTTP 404.*own database.*QUERY-d3fas/,
      /Zitadel's log/,
    );
  });

  const statuses: readonly (readonly [number, RegExp])[] = [
    [302, /redirects/],
    [403, /proxy/],
    [404, /own domain/],
    [502, /log of Zitadel or of the proxy/],
  ];
  for (const [status, mend] of statuses) {
    it(`reads HTTP ${status} of discovery for what it is`, async () => {
      await scene.zitadel.control.addFault({ method: "discovery", kind: "http", status });

      const told = await askDoctor(scene);

      expectLine(told.line("discovery"), "fail", new RegExp(`HTTP ${status}`), mend);
    });
  }

  it("reports a blocked instance from a used-up quota, and whom to ask", async () => {
    await scene.zitadel.control.changeSettings({ instanceBlocked: true });
    const blocked = await askDoctor(scene);
    await scene.zitadel.control.changeSettings({ instanceBlocked: false, quotaExhausted: true });
    const quota = await askDoctor(scene);

    expectLine(
      blocked.line("discovery"),
      "fail",
      /instance is blocked/,
      /not end by itself.*operator/,
    );
    expectLine(
      quota.line("token"),
      "fail",
      /quota of requests is used up/,
      /not end by itself.*operator/,
    );
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
    expect(gone.line("token").found).to.equal("not checked: see ZITADEL_KEY");
  });

  it("logs in and continues where Zitadel's clock is off, and says so", async () => {
    await scene.zitadel.control.changeSettings({ clockOffsetMs: 120_000 });

    const told = await askDoctor(scene);

    expectLine(told.line("discovery"), "ok", /clock is 1(19|20) s ahead/, null);
    expect(told.line("token").status).to.equal("ok");
  });

  it("says that the account may read but not create", async () => {
    await scene.zitadel.control.changeSettings({ serviceAccountRole: "read-only" });

    const told = await askDoctor(scene);

    expect(told.code).to.equal(1);
    expectLine(told.line("create users"), "fail", /lacks user\.write/, /ORG_USER_MANAGER/);
    expect(told.line("read users").status).to.equal("ok");
  });

  it("says that the account is no member of the organization", async () => {
    await scene.zitadel.control.changeSettings({ serviceAccountRole: "no-membership" });

    const told = await askDoctor(scene);

    expect(told.code).to.equal(1);
    expectLine(
      told.line("create users"),
      "fail",
      /has no role/,
      /ORG_USER_MANAGER.*ZITADEL_ORG_ID/,
    );
    expectLine(told.line("read users"), "fail", /user\.read/, /ORG_USER_MANAGER/);
  });

  it("says that the account has no role in the organization that is named", async () => {
    await scene.zitadel.control.addOrg({ orgId: "other", primaryDomain: "other.localhost" });

    const told = await askDoctor(scene, { ZITADEL_ORG_ID: "other" });

    expectLine(told.line("create users"), "fail", /has no role/, /ZITADEL_ORG_ID/);
  });

  it("says that a role may neither read nor create", async () => {
    await scene.zitadel.control.changeSettings({ serviceAccountRole: "project-creator" });

    const told = await askDoctor(scene);

    expectLine(told.line("create users"), "fail", /lacks user\.write/, /ORG_USER_MANAGER/);
    expectLine(told.line("read users"), "fail", /user\.read/, /ORG_USER_MANAGER/);
    expect(told.line("organization").found).to.match(/state the service account may not read/);
  });

  it("warns of an organization that is inactive, or was removed", async () => {
    const { control } = scene.zitadel;
    const env = { ZITADEL_ORG_ID: "other" };
    await control.changeSettings({ serviceAccountRole: "instance-manager" });
    await control.addOrg({ orgId: "other", primaryDomain: "other.localhost" });
    await control.changeOrg({ orgId: "other", state: "inactive" });
    const inactive = await askDoctor(scene, env);
    await control.changeOrg({ orgId: "other", state: "removed" });
    const removed = await askDoctor(scene, env);

    expectLine(inactive.line("organization"), "warn", /inactive/, /activate it/);
    expectLine(removed.line("organization"), "warn", /removed/, /ZITADEL_ORG_ID/);
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
    expect(told.line("create users").found).to.equal("not checked: see organization");
  });

  it("asks a server that lists no permissions nothing else, and says how a lack would show", async () => {
    await scene.zitadel.control.changeSettings({ unknownMethods: ["ListMyZitadelPermissions"] });

    const told = await askDoctor(scene);

    expectLine(told.line("create users"), "skip", /exit code 77/, null);
  });

  it("reads the permissions with a personal access token, too, and tries to create nobody", async () => {
    const granted = await askDoctor(scene, withToken());
    await scene.zitadel.control.changeSettings({ serviceAccountRole: "read-only" });
    const refused = await askDoctor(scene, withToken());

    expectLine(granted.line("token"), "ok", /personal access token/, null);
    expectLine(granted.line("create users"), "ok", /allowed/, null);
    expectLine(refused.line("create users"), "fail", /user\.write/, /ORG_USER_MANAGER/);
    const calls = await scene.zitadel.control.calls();
    expect(calls.filter(({ method }) => /Create|Add/.test(method))).to.deep.equal([]);
  });

  it("names a personal access token that is not valid", async () => {
    const told = await askDoctor(scene, { ...withToken(), ZITADEL_TOKEN: "expired-token" });

    expectLine(
      told.line("organization"),
      "fail",
      /the token of ZITADEL_TOKEN was not accepted by http:/,
      /^look for it in Zitadel's console/,
    );
    expect(told.stdout).not.to.include("expired-token");
  });

  it("says that a proxy asks to wait", async () => {
    await scene.zitadel.control.addFault({ method: "token", kind: "http", status: 429 });

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

    const other = await askDoctor(scene, { ZITADEL_URL: server.url });
    const known = await askDoctor(scene, {
      ...{ ZITADEL_URL: server.url, ZITADEL_CA_FILE: CERTIFICATE_FILE },
    });
    await server.stop();

    expectLine(other.line("certificate"), "fail", /self.signed/, /ZITADEL_CA_FILE/);
    expect(other.line("token").status).to.equal("skip");
    expectLine(known.line("certificate"), "ok", /is trusted until/, null);
  });
});
