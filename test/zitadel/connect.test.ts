// Making sure that calls can be made, before any job is touched.
import { createServer, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { givenAccount, patOf, rejection, useZitadel } from "../support/zitadel-adapter.ts";
import { freePort } from "../support/postgres.ts";
import { listen } from "../support/zitadel-emulator/listen.ts";
import { IdentityRefused, IdentityUnavailable } from "../../src/errors.ts";

/** Far below the 30 s that a call may take by default. */
/** Longer than mocha waits for any test. */
const LONG_MS = 600_000;

describe("connecting to Zitadel", () => {
  const zitadel = useZitadel();

  it("creates nothing", async () => {
    const provider = zitadel.open({ orgId: null });

    await provider.connect();

    expect(await zitadel.control.listUsers()).to.deep.equal([]);
    expect(await zitadel.count("CreateUser")).to.equal(0);
  });

  it("finds the organization of the service account when none is named", async () => {
    const provider = zitadel.open({ orgId: null });
    const account = givenAccount();

    await provider.connect();
    await provider.createAccount(account, false);

    const user = await zitadel.control.findUser({ userId: account.id });
    expect(user).to.include({ orgId: zitadel.server.orgId });
  });

  it("asks for the organization once, however often it is called", async () => {
    const provider = zitadel.open({ orgId: null });

    await provider.connect();
    await provider.connect();

    expect(await zitadel.count("GetUserByID")).to.equal(1);
  });

  it("asks for no organization when one is named", async () => {
    const provider = zitadel.open();

    await provider.connect();

    expect(await zitadel.count("GetUserByID")).to.equal(0);
  });

  it("is refused when the service account cannot be read", async () => {
    const provider = zitadel.open({ orgId: null });
    await zitadel.setFaults({ method: "GetUserByID", kind: "grpc", code: 7, id: "AUTH-AWfge" });

    const error = await rejection(provider.connect());

    expect(error).to.be.instanceOf(IdentityRefused);
  });

  it("is unavailable when the question for the organization fails", async () => {
    const provider = zitadel.open({ orgId: null });
    await zitadel.setFaults({ method: "GetUserByID", kind: "db-connection-error" });

    const error = await rejection(provider.connect());

    expect(error).to.be.instanceOf(IdentityUnavailable);
  });

  it("fails soon, naming the address, when nothing listens there", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const settings = { issuer: url, apiUrl: url, timeoutMs: LONG_MS };
    for (const provider of [
      zitadel.open(settings),
      zitadel.open({ ...settings, credentials: patOf(zitadel.server) }),
    ]) {
      const error = await rejection(provider.connect());

      expect(error).to.be.instanceOf(IdentityUnavailable);
      expect(error.message).to.contain(url);
    }
  });

  it("fails soon when only the gRPC address is wrong", async () => {
    const apiUrl = `http://127.0.0.1:${await freePort()}`;
    const provider = zitadel.open({ apiUrl, timeoutMs: LONG_MS });

    const error = await rejection(provider.connect());

    expect(error).to.be.instanceOf(IdentityUnavailable);
    expect(error.message).to.contain(apiUrl).and.to.contain("ZITADEL_API_URL");
  });

  it("works again after an outage", async () => {
    const provider = zitadel.open();
    await zitadel.control.setDown(true);
    const error = await rejection(provider.connect());
    await zitadel.control.setDown(false);

    await provider.connect();
    const result = await provider.createAccount(givenAccount(), false);

    expect(error).to.be.instanceOf(IdentityUnavailable);
    expect(result.kind).to.equal("created");
  });

  it("calls an instance by its own name where gRPC listens elsewhere", async () => {
    const { url } = zitadel.server;
    const apiUrl = url.replace("127.0.0.1", "localhost");
    const provider = zitadel.open({ apiUrl });

    await provider.connect();
    const result = await provider.createAccount(givenAccount(), false);

    const calls = await zitadel.control.calls();
    expect(result.kind).to.equal("created");
    expect(calls.at(-1)).to.include({ authority: new URL(url).host });
  });
});

describe("connecting to a server that accepts and then sends nothing", () => {
  const zitadel = useZitadel();
  let silent: Server;
  let url: string;
  const sockets: Socket[] = [];

  before(async () => {
    silent = createServer((socket) => sockets.push(socket));
    url = `http://127.0.0.1:${await listen(silent, 0)}`;
  });
  after(() => {
    // A channel that is closed before its handshake keeps the connection.
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it("fails after ZITADEL_TIMEOUT", async () => {
    const credentials = patOf(zitadel.server);
    const provider = zitadel.open({ issuer: url, apiUrl: url, credentials, timeoutMs: 200 });

    const error = await rejection(provider.connect());

    expect(error).to.be.instanceOf(IdentityUnavailable);
  });
});
