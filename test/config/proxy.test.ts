// HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as curl reads them; never for loopback, and no secret shown.
import { expect } from "chai";
import { inspect } from "node:util";
import { complaint, readAll, type Settings, useFiles } from "../support/given-settings.ts";

const ZITADEL = "https://id.example.com";
const proxyOf = (env: Settings, url = ZITADEL) =>
  readAll({ ZITADEL_URL: url, ZITADEL_ALLOW_INSECURE: "1", ...env }).zitadel.proxy;

describe("a proxy", () => {
  const file = useFiles();

  it("is that of the address's scheme, in lower case before upper case", () => {
    const env = { HTTPS_PROXY: "http://tls:3128", HTTP_PROXY: "plain:3129" };

    expect(proxyOf(env)).to.include({ origin: "http://tls:3128", setting: "HTTPS_PROXY" });
    expect(proxyOf(env, "http://id.example.com")).to.include({ host: "plain", port: 3129 });
    expect(proxyOf({ ...env, https_proxy: "lower:80" })).to.include({
      ...{ origin: "http://lower:80", setting: "https_proxy" },
    });
    expect(proxyOf({})).to.equal(null);
  });

  it("listens on port 1080 where its address names none, and may be an IPv6 address", () => {
    expect(proxyOf({ HTTPS_PROXY: "http://proxy/" })).to.include({ port: 1080 });
    expect(proxyOf({ HTTPS_PROXY: "[fd00::1]:8080" })).to.include({ host: "fd00::1", port: 8080 });
  });

  it("has its user and password decoded, from a file too, and shows neither", () => {
    const address = "http://us%40er:hunter%2F2@proxy:3128";
    const proxies = [
      proxyOf({ HTTPS_PROXY: address }),
      proxyOf({ HTTPS_PROXY_FILE: file("proxy", `${address}\n`) }),
    ];

    for (const proxy of proxies) {
      expect(proxy?.userinfo?.reveal()).to.equal("us@er:hunter/2");
      expect(inspect(proxy) + JSON.stringify(proxy)).not.to.match(/hunter|us@er/);
    }
  });

  it("is refused where its address is none, by its setting and without its secret", () => {
    const bad = [
      "socks5://p:1",
      "https://p:1",
      "u:hunter2@",
      "u:hun/ter2@p:1",
      "p:x",
      "http://p/a",
    ];
    for (const address of [...bad, "u:hunter%2@p:1", "p:1?hunter2", "p:1#hunter2"]) {
      for (const name of ["HTTPS_PROXY", "https_proxy"]) {
        const message = complaint({ ...{ ZITADEL_URL: ZITADEL, [name]: address } }, ["zitadel"]);

        expect(message, address).to.contain(
          `${name} is "[redacted]": it must be an http:// address`,
        );
        expect(message).not.to.match(/hun/);
      }
    }
  });

  it("is never that of loopback, nor of an address that NO_PROXY excepts", () => {
    const env = { HTTPS_PROXY: "p:1", HTTP_PROXY: "p:1" };
    const direct = (url: string, exceptions = "") =>
      proxyOf({ ...env, NO_PROXY: exceptions }, url) === null;

    for (const url of [
      "http://localhost:8080",
      "http://127.0.0.1",
      "https://127.9.9.9",
      "http://[::1]",
    ])
      expect(direct(url), url).to.equal(true);
    for (const list of ["*", "example.com", ".example.com", "a, id.EXAMPLE.com.", "x com"])
      expect(direct(ZITADEL, list), list).to.equal(true);
    for (const list of ["", "a,*", "ample.com", "x.id.example.com", "*.example.com", "org", ",."])
      expect(direct(ZITADEL, list), list).to.equal(false);
    for (const list of ["10.1.2.3", "10.0.0.0/8", "1.1.1.1,10.1.2.0/24"])
      expect(direct("https://10.1.2.3", list), list).to.equal(true);
    for (const list of ["10.1.2", "10.0.0.0/33", "10.2.0.0/16", "2.3", "::/0", "10.0.0.0/8/8"])
      expect(direct("https://10.1.2.3", list), list).to.equal(false);
    for (const list of ["fd00::/8", "[fd00::1]", "fd00::1"])
      expect(direct("https://[fd00::1]", list), list).to.equal(true);
    expect(proxyOf({ ...env, NO_PROXY: "*", no_proxy: "a" })).not.to.equal(null);
  });

  it("of a ping and of the Pushgateway is that of their own address", () => {
    const env = { HTTPS_PROXY: "tls:1", HTTP_PROXY: "plain:1", NO_PROXY: "push.example.com" };
    const { ping, pushgateway } = readAll({
      ...env,
      ...{ PING_URL: "http://hc.example.com/a", PUSHGATEWAY_URL: "https://push.example.com" },
    }).monitoring;

    expect(ping?.proxy).to.include({ host: "plain" });
    expect(pushgateway?.proxy).to.equal(null);
  });
});
