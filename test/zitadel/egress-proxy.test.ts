// Zitadel, pings and pushes behind an egress proxy: through it, or with its refusal named and no retry used
// up.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import type { EgressProxy } from "../../src/egress-proxy.ts";
import { Secret } from "../../src/secret.ts";
import { send } from "../../src/monitoring/http-call.ts";
import { httpCall } from "../../src/zitadel/login/http.ts";
import {
  startConnectProxy,
  type ConnectProxy,
  type ConnectProxyOptions,
  type Refusal,
} from "../support/connect-proxy.ts";
import { plantCanary } from "../support/canaries.ts";
import { askDoctor, expectLine } from "../support/diagnosis.ts";
import { givenJob, readJob } from "../support/given.ts";
import { setScene } from "../support/scene.ts";
import { CERTIFICATE_FILE, startTlsForwarder, startTlsServer } from "../support/tls-server.ts";
import { givenAccount, rejection, useZitadel } from "../support/zitadel-adapter.ts";

const PASSWORD = "egress-password-7ad2";
const USERINFO = `egress:${PASSWORD}`;
plantCanary("the password of a proxy", PASSWORD);

function useProxies(): (options?: ConnectProxyOptions) => Promise<ConnectProxy> {
  let started: ConnectProxy[] = [];
  afterEach(async () => {
    await Promise.all(started.map((proxy) => proxy.stop()));
    started = [];
  });
  return async (options) => {
    const proxy = await startConnectProxy(options);
    started.push(proxy);
    return proxy;
  };
}

function settingFor({ port }: ConnectProxy, userinfo: string | null = null): EgressProxy {
  return {
    ...{ host: "127.0.0.1", port, origin: `http://127.0.0.1:${port}`, setting: "HTTPS_PROXY" },
    userinfo: userinfo === null ? null : new Secret(userinfo),
  };
}

describe("behind an egress proxy", () => {
  const zitadel = useZitadel();
  const start = useProxies();

  for (const userinfo of [null, USERINFO]) {
    it(`an account is created ${userinfo === null ? "without" : "with"} credentials for it: token and gRPC go through`, async () => {
      const server = await start(userinfo === null ? {} : { userinfo });
      const proxy = settingFor(server, userinfo);
      const provider = zitadel.open({ proxy, apiProxy: proxy });

      await provider.connect();
      const result = await provider.createAccount(givenAccount(), false);

      expect(result.kind).to.equal("created");
      const { host } = new URL(zitadel.server.url);
      expect(server.asked).to.include(`CONNECT ${host}`);
      expect(server.asked.filter((line) => line.startsWith("POST http://"))).to.have.lengthOf(1);
    });
  }

  it("gRPC is encrypted to the server itself", async () => {
    const server = await start({ userinfo: USERINFO });
    const tls = await startTlsForwarder(Number(new URL(zitadel.server.url).port));
    try {
      const provider = zitadel.open({
        ...{ apiUrl: tls.url, apiProxy: settingFor(server, USERINFO) },
        extraCa: readFileSync(CERTIFICATE_FILE, "utf8"),
      });

      await provider.connect();
      const result = await provider.createAccount(givenAccount(), false);

      expect(result.kind).to.equal("created");
      expect(server.asked).to.deep.equal([`CONNECT ${new URL(tls.url).host}`]);
    } finally {
      await tls.stop();
    }
  });

  it("gRPC that it refuses names the proxy, not Zitadel", async () => {
    const apiProxy = settingFor(await start({ refuses: 403 }));
    const provider = zitadel.open({ apiUrl: "https://id.example.com", apiProxy });

    const error = await rejection(provider.connect());

    expect(error.message).to.match(
      /the proxy http:\S+ \(HTTPS_PROXY\) answered HTTP 403 to CONNECT id\.example\.com:443\. Allow/,
    );
  });

  it("TLS is that of the server itself, and verified", async () => {
    const tls = await startTlsServer();
    try {
      const proxy = settingFor(await start());
      const url = new URL("/here", tls.url);
      const options = { timeoutMs: 5000, proxy };

      const error = await rejection(httpCall(url, { ...options, extraCa: null }));
      const extraCa = readFileSync(CERTIFICATE_FILE, "utf8");
      const answer = await httpCall(url, { ...options, extraCa });

      expect(error.message).to.match(/certificate of .* cannot be verified/);
      expect(answer.status).to.equal(200);
      expect(tls.paths).to.deep.equal(["/here"]);
    } finally {
      await tls.stop();
    }
  });

  it("the port of https is named by nothing that goes through it: not by HTTP, not by gRPC, not by a ping", async () => {
    const tls = await startTlsForwarder(Number(new URL(zitadel.server.url).port));
    try {
      const proxy = settingFor(await start({ leadsTo: Number(new URL(tls.url).port) }));
      const url = "https://127.0.0.1";
      const ca = readFileSync(CERTIFICATE_FILE, "utf8");
      const changes = { externalOrigin: url, extraAuthorities: ["127.0.0.1"] };
      await zitadel.control.changeSettings(changes);
      const provider = zitadel.open({
        ...{ issuer: url, apiUrl: url, proxy, apiProxy: proxy, extraCa: ca },
      });

      await provider.connect();
      const result = await provider.createAccount(givenAccount(), false);
      const ready = new URL("/debug/ready", url);
      await send(ready, { authorization: null, proxy, ca }, new AbortController().signal);

      expect(result.kind).to.equal("created");
      const calls = await zitadel.control.calls();
      expect(calls.map(({ method }) => method)).to.include.members([
        "CreateUser",
        "token",
        "ready",
      ]);
      expect(new Set(calls.map(({ authority }) => authority))).to.deep.equal(
        new Set(["127.0.0.1"]),
      );
    } finally {
      await tls.stop();
    }
  });

  it("a host that only a proxy knows is called that where none is set", async () => {
    // Longer than a name may be: no name server is asked.
    const url = new URL(`https://${"a".repeat(64)}.invalid/`);

    const error = await rejection(httpCall(url, { timeoutMs: 5000, proxy: null, extraCa: null }));

    expect(error.message).to.match(/ENOTFOUND.* or set HTTPS_PROXY/);
  });

  it("a ping and a push over http are forwarded, and its refusal names it", async () => {
    const url = new URL("/ping", zitadel.server.url);
    const good = await start({ userinfo: USERINFO });
    const bad = await start({ refuses: 403 });
    const signal = new AbortController().signal;
    const to = (proxy: EgressProxy, address = url) =>
      send(address, { authorization: null, proxy }, signal);

    await to(settingFor(good, USERINFO));
    const failure = await to(settingFor(bad), new URL("https://hc.example.com/uuid"));

    expect(good.asked).to.deep.equal([`GET ${url.href}`]);
    expect(failure?.why).to.match(/^the proxy http:\S+ \(HTTPS_PROXY\) answered HTTP 403/);
    expect(failure?.why).not.to.include("uuid");
  });
});

describe("retry-accounts and doctor behind an egress proxy", () => {
  const scene = setScene();
  const start = useProxies();
  const said: readonly (readonly [Refusal, RegExp])[] = [
    [407, /answered HTTP 407 to CONNECT id\.example\.com:443\. Set a user and password/],
    [401, /answered HTTP 401 to CONNECT id\.example\.com:443\. Set a user and password/],
    [403, /answered HTTP 403 to CONNECT id\.example\.com:443\. Allow id/],
    [502, /answered HTTP 502 to CONNECT id\.example\.com:443\. Check that id/],
    ["hang", /did not answer in time\. Check that it runs/],
    ["close", /failed \(ECONNRESET\)\. Check that it runs and that HTTPS_PROXY names it/],
  ];

  for (const [refuses, message] of said) {
    it(`name the proxy where it answers ${refuses}: 69, no retry used up, no secret shown`, async () => {
      const job = await givenJob(scene.db);
      const { port } = await start({ refuses });
      const env = {
        ZITADEL_URL: "https://id.example.com",
        ...(refuses === "hang" ? { ZITADEL_TIMEOUT: "1s" } : {}),
        HTTPS_PROXY: `http://${USERINFO}@127.0.0.1:${port}`,
      };

      const { code, stderr, stdout } = await scene.cli(["retry-accounts"], env);
      const told = await askDoctor(scene, env);

      expect(code).to.equal(69);
      expect(stderr).to.match(message).and.to.include(`the proxy http://127.0.0.1:${port}`);
      expect(stderr).not.to.include("is unreachable at");
      expect(stderr + stdout + told.stdout + told.stderr).not.to.include(PASSWORD);
      expect(await readJob(scene.db, job.id)).to.include({ status: "pending", retryCount: 0 });
      expectLine(told.line("discovery"), "fail", /the proxy http/, /./);
      expect(told.line("egress proxy").found).to.equal(
        `https://id.example.com: through http://127.0.0.1:${port} (HTTPS_PROXY)`,
      );
    });
  }
});
