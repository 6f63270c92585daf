// Postgres whose TLS cannot be trusted, or that has none where sslmode asks for it: called that, not unreachable.
import { readFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { expect } from "chai";
import { runCli } from "../support/cli.ts";
import { CERTIFICATE_FILE, PRIVATE_KEY_FILE } from "../support/tls-server.ts";

/** Answers the driver's first message, which asks for TLS, as Postgres does: `S` and a handshake, or `N`. */
function answerTlsRequest(client: Socket, offered: boolean): void {
  client.on("error", () => undefined);
  client.once("data", () => {
    client.write(offered ? "S" : "N");
    if (!offered) return;
    const key = readFileSync(PRIVATE_KEY_FILE);
    const cert = readFileSync(CERTIFICATE_FILE);
    new TLSSocket(client, { isServer: true, key, cert }).on("error", () => undefined);
  });
}

describe("a fault of TLS on the way to Postgres", () => {
  let server: Server;
  let offered: boolean;
  const urlOf = (parameters: string, host = "localhost") =>
    `postgres://jobs:pw@${host}:${(server.address() as AddressInfo).port}/family_hub?${parameters}`;

  before(async () => {
    server = createServer((client) => answerTlsRequest(client, offered));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  beforeEach(() => (offered = true));
  after(() => server.close());

  const root = `sslrootcert=${encodeURIComponent(CERTIFICATE_FILE)}`;
  const cases = {
    "a private CA": {
      parameters: "sslmode=verify-full",
      message: /certificate of Postgres cannot be verified: self-signed certificate.*sslrootcert/,
    },
    "another name in the certificate": {
      parameters: `sslmode=verify-full&${root}`,
      message: /certificate of Postgres cannot be verified: Hostname.*localhost.*Use a host name/,
    },
    "no TLS on the server": {
      parameters: "sslmode=verify-full",
      offered: false,
      message: /Postgres offers no TLS, which sslmode requires: .*ssl on.*sslmode=prefer/,
    },
  };
  for (const [name, given] of Object.entries(cases)) {
    it(`is named: ${name}, with the setting to change and 69`, async () => {
      offered = !("offered" in given);

      const { code, stderr } = await runCli(["queue", "stats"], {
        DATABASE_URL: urlOf(given.parameters),
      });

      expect(code).to.equal(69);
      expect(stderr).to.match(given.message);
      expect(stderr).not.to.include("unreachable");
    });
  }

  it("is named also where several hosts have it", async () => {
    const url = new URL(urlOf("sslmode=verify-full"));
    const { code, stderr } = await runCli(["queue", "stats"], {
      DATABASE_URL: url.href.replace(url.host, `${url.host},${url.host}`),
    });

    expect(code).to.equal(69);
    expect(stderr).to.match(/No server of DATABASE_URL .*self-signed certificate.*Set sslrootcert/);
  });
});
