// Somebody else's server in Zitadel's place, and an environment that would let it pass.
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { chmodSync, chownSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { loadDotenv } from "../../src/config/dotenv.ts";
import { IdentityUnavailable } from "../../src/errors.ts";
import { httpCall } from "../../src/zitadel/login/http.ts";
import { askDoctor, expectLine } from "../support/diagnosis.ts";
import { givenJob, readJob } from "../support/given.ts";
import { useFiles } from "../support/given-settings.ts";
import { setScene } from "../support/scene.ts";
import { CERTIFICATE_FILE, startTlsServer, type TlsServer } from "../support/tls-server.ts";
import { rejection } from "../support/zitadel-adapter.ts";

const UNVERIFIED = { NODE_TLS_REJECT_UNAUTHORIZED: "0" };

function useTlsServer(): () => TlsServer {
  let server: TlsServer | null = null;
  beforeEach(async () => {
    server = await startTlsServer();
  });
  afterEach(() => server?.stop());
  return () => {
    if (server === null) throw new Error("the server runs only while tests do");
    return server;
  };
}

describe("a call over HTTPS where NODE_TLS_REJECT_UNAUTHORIZED is 0", () => {
  const server = useTlsServer();
  const { NODE_TLS_REJECT_UNAUTHORIZED: before } = process.env;
  const options = { timeoutMs: 5_000, extraCa: null, proxy: null };

  beforeEach(() => Object.assign(process.env, UNVERIFIED));
  afterEach(() => {
    if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
  });

  it("is refused by a certificate that nobody signed, and sends nothing", async () => {
    const error = await rejection(httpCall(new URL(server().url), options));

    expect(error).to.be.instanceOf(IdentityUnavailable);
    expect(error.message).to.match(/self.signed/);
    expect(server().paths).to.deep.equal([]);
  });

  it("sends no form either", async () => {
    const form = new URLSearchParams({ assertion: "worth a token" });

    const error = await rejection(httpCall(new URL(server().url), { ...options, form }));

    expect(error).to.be.instanceOf(IdentityUnavailable);
    expect(server().paths).to.deep.equal([]);
  });

  it("is answered where the certificate is the configured one", async () => {
    const extraCa = readFileSync(CERTIFICATE_FILE, "utf8");

    const answer = await httpCall(new URL("/here", server().url), { ...options, extraCa });

    expect(answer).to.include({ status: 200 });
    expect(server().paths).to.deep.equal(["/here"]);
  });
});

describe("retry-accounts where NODE_TLS_REJECT_UNAUTHORIZED is 0", () => {
  const scene = setScene();
  const server = useTlsServer();

  const withKey = () => ({ ...UNVERIFIED, ZITADEL_URL: server().url });
  const withToken = () => ({
    ...withKey(),
    ...{ ZITADEL_KEY: undefined, ZITADEL_TOKEN: "pat-of-a-test", ZITADEL_ORG_ID: "123" },
  });

  for (const [by, env] of Object.entries({ key: withKey, token: withToken })) {
    it(`does not show its ${by} to an unverified server: 69, no request, no job touched`, async () => {
      const job = await givenJob(scene.db);

      const { code, report } = await scene.retry([], env());

      expect(code).to.equal(69);
      expect(report).to.include({ outcome: "unavailable", claimed: 0 });
      expect(server().paths).to.deep.equal([]);
      expect(await readJob(scene.db, job.id)).to.include({ status: "pending", retryCount: 0 });
    });

    it(`continues with its ${by} where ZITADEL_CA_FILE vouches for the server`, async () => {
      await givenJob(scene.db);

      await scene.retry([], { ...env(), ZITADEL_CA_FILE: CERTIFICATE_FILE });

      expect(server().paths).not.to.deep.equal([]);
    });
  }
});

describe("a certificate in front of Zitadel that cannot be verified", () => {
  const scene = setScene();
  const server = useTlsServer();
  const named = (url: string) => url.replace("127.0.0.1", "localhost");

  it("is named first by the run and by doctor's first line on Zitadel, with ZITADEL_CA_FILE", async () => {
    await givenJob(scene.db);
    const env = { ZITADEL_URL: server().url };

    const { code, stderr } = await scene.cli(["retry-accounts"], env);
    const told = await askDoctor(scene, env);

    const found = /certificate of 127\.0\.0\.1:\d+ cannot be verified: self.signed/;
    expect(code).to.equal(69);
    expect(stderr).to.match(found).and.to.include("Set ZITADEL_CA_FILE");
    expect(stderr).not.to.include("unreachable at");
    expectLine(told.line("discovery"), "fail", found, /ZITADEL_CA_FILE/);
  });

  it("of another name says so, and not that a CA is missing", async () => {
    const env = { ZITADEL_URL: named(server().url), ZITADEL_CA_FILE: CERTIFICATE_FILE };

    const told = await askDoctor(scene, env);

    expectLine(told.line("discovery"), "fail", /cannot be verified: Hostname/, /Use a name in/);
  });

  it("is named also where it is that of ZITADEL_API_URL alone", async () => {
    await givenJob(scene.db);

    const { code, stderr } = await scene.cli(["retry-accounts"], { ZITADEL_API_URL: server().url });

    expect(code).to.equal(69);
    expect(stderr).to.match(/certificate of 127\.0\.0\.1:\d+ cannot be verified/);
  });
});

describe("a .env file", () => {
  const scene = setScene();
  const file = useFiles();

  it("sends no call of a run to loopback through a proxy", async () => {
    await givenJob(scene.db);
    const proxy = "http://127.0.0.1:1";
    const lines = [`grpc_proxy=${proxy}`, `http_proxy=${proxy}`, `https_proxy=${proxy}`];
    const cwd = dirname(file(".env", lines.join("\n")));

    const { code, stdout } = await scene.cli(["retry-accounts", "--json"], {}, { cwd });

    expect(code).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ created: 1 });
  });

  it("is like the environment in that: nothing for loopback goes through a proxy", async () => {
    await givenJob(scene.db);
    const proxy = "http://127.0.0.1:1";
    const env = { grpc_proxy: proxy, http_proxy: proxy, https_proxy: proxy, HTTP_PROXY: proxy };

    const { code, report } = await scene.retry([], env);

    expect(code).to.equal(0);
    expect(report).to.include({ created: 1 });
  });

  it("of another user, or that everybody may write, is not read, and stderr says so", async () => {
    await givenJob(scene.db);
    const path = file(".env", "RETRY_CONCURRENCY=none\n");
    const run = () => scene.cli(["retry-accounts", "--json"], {}, { cwd: dirname(path) });

    chmodSync(path, 0o666);
    const writable = await run();
    chmodSync(path, 0o644);
    const { uid } = statSync(path);
    const foreign = uid === 0 ? (chownSync(path, 65534, 65534), await run()) : writable;

    expect(JSON.parse(writable.stdout)).to.include({ outcome: "completed", created: 1 });
    expect(writable.stderr).to.contain(".env is not read: every user can write to it");
    expect(JSON.parse(foreign.stdout)).to.include({ outcome: "completed" });
    expect(foreign.stderr).to.contain(".env is not read");
  });

  it("sets this tool's settings and nothing else", () => {
    const path = file(
      "other.env",
      [
        "DATABASE_URL=postgres://jobs@db.example.com/family_hub",
        "NODE_TLS_REJECT_UNAUTHORIZED=0",
        "NODE_EXTRA_CA_CERTS=/tmp/ca.pem",
        "NODE_OPTIONS=--require=/tmp/evil.js",
        "https_proxy=http://proxy.example.com",
        "grpc_proxy=http://proxy.example.com",
        "SSLKEYLOGFILE=/tmp/keys",
        "GRPC_TRACE=all",
        "GRPC_VERBOSITY=DEBUG",
        "PATH=/tmp",
      ].join("\n"),
    );
    const env: NodeJS.ProcessEnv = {};

    loadDotenv(path, env);

    expect(env).to.deep.equal({ DATABASE_URL: "postgres://jobs@db.example.com/family_hub" });
  });

  it("sets nothing that the environment has set already, not even to nothing", () => {
    const path = file("late.env", "DATABASE_URL=from the file\nLOG_LEVEL=debug\nRETRY_LEASE=1h\n");
    const env: NodeJS.ProcessEnv = { DATABASE_URL: "from the environment", LOG_LEVEL: "" };

    loadDotenv(path, env);

    expect(env).to.deep.equal({
      ...{ DATABASE_URL: "from the environment", LOG_LEVEL: "", RETRY_LEASE: "1h" },
    });
  });

  it("does not change the environment of the process that is not given", () => {
    const path = file("process.env", "LOG_FORMAT=json\nhttps_proxy=http://proxy.example.com\n");
    const before = { ...process.env };

    loadDotenv(path, {});

    expect({ ...process.env }).to.deep.equal(before);
  });
});
