// What becomes of a creation whose answer is lost, or never came.
import { expect } from "chai";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";
import type { FaultEffect } from "../support/zitadel-emulator/index.ts";

/** Enough for an answer on a busy machine as well. */
const TIMEOUT_MS = 2000;

const CREATED_ANYWAY: Readonly<Record<string, FaultEffect>> = {
  "the connection drops": { kind: "commit-then-drop" },
  "the stream is reset": { kind: "rst", at: "after" },
  "the server goes away with an error": { kind: "goaway", errorCode: 2 },
  "Zitadel answers UNKNOWN": { kind: "commit-then-status", code: 2, id: "", message: "timeout" },
  "Zitadel answers CANCELLED": { kind: "commit-then-status", code: 1 },
  "Zitadel answers DEADLINE_EXCEEDED": { kind: "commit-then-status", code: 4 },
  "Zitadel answers ABORTED": { kind: "commit-then-status", code: 10 },
  "Zitadel answers INTERNAL": { kind: "commit-then-status", code: 13 },
  "Zitadel answers UNAVAILABLE": { kind: "commit-then-status", code: 14 },
  "Zitadel answers with a status that gRPC does not know": { kind: "commit-then-status", code: 99 },
};

const NOT_CREATED: Readonly<Record<string, { effect: FaultEffect; code: string }>> = {
  "the connection drops": { effect: { kind: "drop-before-commit" }, code: "unavailable" },
  "the stream is reset": { effect: { kind: "rst", at: "before" }, code: "internal" },
  "the stream is refused": {
    effect: { kind: "rst", at: "before", errorCode: 7 },
    code: "unavailable",
  },
  "the server goes away with an error": {
    effect: { kind: "goaway", errorCode: 2, commit: false },
    code: "internal",
  },
};

describe("a creation without an answer", () => {
  const zitadel = useZitadel();

  for (const [what, effect] of Object.entries(CREATED_ANYWAY)) {
    it(`is adopted when ${what} after the account was stored`, async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();
      await zitadel.setFaults({ method: "CreateUser", ...effect });

      const result = await provider.createAccount(account, false);

      expect(result).to.deep.equal({ kind: "adopted", zitadelUserId: account.id, note: null });
      expect(await zitadel.count("CreateUser")).to.equal(1);
    });
  }

  for (const [what, { effect, code }] of Object.entries(NOT_CREATED)) {
    it(`is transient (${code}) when ${what} before the account was stored`, async () => {
      const provider = await zitadel.connected();
      await zitadel.setFaults({ method: "CreateUser", ...effect });

      const result = await provider.createAccount(givenAccount(), false);

      expect(summary(result)).to.include({ kind: "transient", code });
      expect(await zitadel.control.listUsers()).to.have.lengthOf(0);
    });
  }

  it("is asked for again, at no job's cost, when a gateway refuses the stream as it ends a connection", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({
      ...{ method: "CreateUser", kind: "rst", at: "before", errorCode: 7, times: 1 },
    });

    const result = await provider.createAccount(givenAccount(), false);

    expect(result.kind).to.equal("created");
    expect(await zitadel.count("CreateUser")).to.equal(2);
  });

  it("is looked for twice after the last try: nobody asks again", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults(
      { method: "CreateUser", kind: "commit-then-drop" },
      { method: "GetUserByID", kind: "user-not-visible", times: 1 },
    );

    expect((await provider.createAccount(givenAccount(), true)).kind).to.equal("adopted");
  });

  it("is none when the server shuts down in an orderly way", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "CreateUser", kind: "goaway", times: 1 });

    const results = [
      await provider.createAccount(givenAccount(), false),
      await provider.createAccount(givenAccount(), false),
    ];

    expect(results.map(({ kind }) => kind)).to.deep.equal(["created", "created"]);
  });

  it("is a timeout beyond ZITADEL_TIMEOUT, and adopted by the next try when it worked after all", async () => {
    const provider = await zitadel.connected({ timeoutMs: TIMEOUT_MS });
    const account = givenAccount();
    await zitadel.setFaults({
      method: "CreateUser",
      kind: "pause",
      name: "slow",
      at: "before",
      times: 1,
    });

    const first = await provider.createAccount(account, false);
    await zitadel.control.release("slow");
    const second = await provider.createAccount(account, false);

    expect(summary(first)).to.include({ kind: "transient", code: "timeout", grpcCode: 4 });
    expect(second.kind).to.equal("adopted");
  });

  it("is adopted at once when it worked but its answer is slower than ZITADEL_TIMEOUT", async () => {
    const provider = await zitadel.connected({ timeoutMs: TIMEOUT_MS });
    await zitadel.setFaults({ method: "CreateUser", kind: "hang", commit: true });

    const result = await provider.createAccount(givenAccount(), false);

    expect(result.kind).to.equal("adopted");
  });

  it("keeps its own failure when the question for the account fails, too", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults(
      { method: "CreateUser", kind: "commit-then-status", code: 2 },
      { method: "GetUserByID", kind: "db-connection-error" },
    );

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({ kind: "transient", code: "unknown", grpcCode: 2 });
  });

  it("waits no longer than two calls when Zitadel hangs", async () => {
    const provider = await zitadel.connected({ timeoutMs: TIMEOUT_MS });
    await zitadel.setFaults({ method: "*", kind: "hang" });
    const before = await zitadel.control.calls();

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({ kind: "transient", code: "timeout" });
    const asked = (await zitadel.control.calls()).slice(before.length);
    expect(asked.map(({ method }) => method)).to.deep.equal(["CreateUser", "GetUserByID"]);
  });

  it("does not take the others on the same connection down permanently", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "CreateUser", kind: "commit-then-drop", times: 1 });
    const accounts = Array.from({ length: 10 }, () => givenAccount());

    const first = await Promise.all(accounts.map((one) => provider.createAccount(one, false)));
    const second = await Promise.all(accounts.map((one) => provider.createAccount(one, false)));

    expect(first.map(({ kind }) => kind)).to.not.include("permanent");
    expect(second.every(({ kind }) => kind === "created" || kind === "adopted")).to.equal(true);
    expect(await zitadel.control.listUsers()).to.have.lengthOf(10);
  });

  it("is nobody's fault when Zitadel is down before the call", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.setDown(true);
    // Until the loss of the connection is noticed, a call would still be sent on it.
    await provider.probe().catch(() => undefined);

    const result = await provider.createAccount(givenAccount(), false);

    expect(summary(result)).to.include({
      kind: "blameless",
      code: "unavailable",
      stop: "unavailable",
    });
  });

  it("uses up a retry when Zitadel goes down during the call", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "CreateUser", kind: "pause", name: "held", at: "before" });
    const creation = provider.createAccount(givenAccount(), false);
    await zitadel.control.waitForPaused({ name: "held" });

    await zitadel.control.setDown(true);
    const result = await creation;

    expect(summary(result)).to.include({ kind: "transient", code: "unavailable" });
  });
});
