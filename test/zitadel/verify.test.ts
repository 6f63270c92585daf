// Looking up the account of a job without changing anything: what is reported, and what is not believed.
import { expect } from "chai";
import type { IdentityProvider, NewAccount } from "../../src/zitadel/identity-provider.ts";
import { REFUSALS } from "./refusals.ts";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";

async function verify(provider: IdentityProvider, account: NewAccount, nameRefused = false) {
  const seen = await provider.verifyAccount(account, nameRefused);
  return seen.kind === "unanswered" ? { ...summary(seen.result), kind: seen.kind } : seen;
}

describe("asking for the account of a job", () => {
  const zitadel = useZitadel();

  afterEach("nothing was written", async () => {
    const { CreateUser, AddHumanUser } = (await zitadel.control.counters()).requests;
    expect({ CreateUser, AddHumanUser }).to.deep.equal({ CreateUser: 0, AddHumanUser: 0 });
  });

  it("finds the one that is there, in two calls, in any case of its name", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount({ username: "kim_smith" });
    await zitadel.control.addUser({ userId: account.id, username: "Kim_Smith" });

    const seen = await verify(provider, account);

    expect(seen).to.deep.equal({ kind: "ours", zitadelUserId: account.id, note: null });
    expect(await zitadel.count("GetUserByID")).to.equal(1);
    expect(await zitadel.count("ListUserMetadata")).to.equal(1);
    expect(await zitadel.count("ListUsers")).to.equal(0);
  });

  it("judges exactly as adoption does", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.changeSettings({ serviceAccountRole: "instance-manager" });
    const users = [
      {},
      { username: "somebody_else" },
      { type: "machine" },
      { orgId: "another-org" },
    ] as const;
    const accounts = users.map(() => givenAccount());
    for (const [index, { id, username }] of accounts.entries()) {
      await zitadel.control.addUser({ userId: id, username, ...users[index] });
    }

    const seen = await Promise.all(accounts.map((account) => verify(provider, account)));
    const adopted = await Promise.all(accounts.map((account) => provider.adoptAccount(account)));

    expect(seen).to.deep.equal([
      { kind: "ours", zitadelUserId: accounts[0]?.id, note: null },
      { kind: "id-held", difference: "username" },
      { kind: "id-held", difference: "machine" },
      { kind: "id-held", difference: "organization" },
    ]);
    expect(adopted.map(({ kind }) => kind === "adopted")).to.deep.equal(
      seen.map(({ kind }) => kind === "ours"),
    );
  });

  it("names who has the username, in any case of letters", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.addUser({ username: "kim_smithers" });
    const { userId } = await zitadel.control.addUser({ username: "Kim_Smith" });

    const seen = await verify(provider, givenAccount({ username: "kim_smith" }));

    const { orgId } = zitadel.server;
    expect(seen).to.deep.equal({ kind: "name-held", zitadelUserId: userId, orgId });
  });

  it("finds no user where there is none, and is certain if it can see others", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.addUser({ username: "somebody" });

    const seen = await verify(provider, givenAccount());

    expect(seen).to.deep.equal({ kind: "absent", doubtful: false, nameOpen: false });
  });

  describe("while Zitadel's read models lag behind", () => {
    it("finds the account though it is not seen at first, neither by id nor in the list", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();
      await zitadel.control.changeSettings({ listLagMs: 60_000 });
      await zitadel.control.addUser({ userId: account.id, username: account.username });
      await zitadel.setFaults({ method: "GetUserByID", kind: "user-not-visible", times: 1 });

      expect(await verify(provider, account)).to.include({ kind: "ours" });
    });

    it("judges whom only the list shows as well: the id may be another's", async () => {
      const provider = await zitadel.connected();
      const [ours, machine] = [givenAccount(), givenAccount()];
      await zitadel.control.addUser({ userId: ours.id, username: ours.username });
      const { id: userId, username } = machine;
      await zitadel.control.addUser({ userId, username, type: "machine" });
      await zitadel.setFaults({ method: "GetUserByID", kind: "user-not-visible" });

      expect(await verify(provider, ours)).to.include({ kind: "ours" });
      expect(await verify(provider, machine)).to.include({ difference: "machine" });
    });

    it("does not take a name for taken by a user who was deleted in the meantime", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();
      await zitadel.control.addUser({ username: "somebody" });
      const { userId } = await zitadel.control.addUser({ username: account.username });
      await zitadel.control.advanceClock(60_000);
      await zitadel.control.changeSettings({ listLagMs: 30_000 });
      await zitadel.control.deleteUser(userId);

      expect(await verify(provider, account)).to.deep.equal({
        kind: "absent",
        doubtful: false,
        nameOpen: false,
      });
    });

    it("cannot see a name that was taken just now: the list is all there is", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();
      await zitadel.control.changeSettings({ listLagMs: 60_000 });
      await zitadel.control.addUser({ username: account.username });

      const early = await verify(provider, account);
      await zitadel.control.advanceClock(61_000);
      const late = await verify(provider, account);

      expect([early.kind, late.kind]).to.deep.equal(["absent", "name-held"]);
    });
  });

  describe("if users are hidden from us", () => {
    it("takes the account for another's when we may read in our own organization", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();
      const { id: userId, username } = account;
      await zitadel.control.addUser({ username: "somebody" });
      await zitadel.control.addUser({ userId, username, orgId: "another-org" });

      const seen = await verify(provider, account);

      expect(seen).to.deep.equal({ kind: "id-held", difference: "organization" });
    });

    it("says that we are refused if nothing shows that we may read users", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();
      await zitadel.control.addUser({ userId: account.id, username: account.username });
      await zitadel.control.changeSettings({ serviceAccountRole: "no-membership" });

      const seen = await verify(provider, account);

      expect(seen).to.include({ kind: "unanswered", stop: "refused" });
      expect(seen).to.include({ zitadelErrorId: "AUTHZ-cdgFk" });
    });

    it("doubts every absence when no person is shown to us, and asks for one only once", async () => {
      const provider = await zitadel.connected();
      await zitadel.control.changeSettings({ serviceAccountRole: "no-membership" });

      const seen = [await verify(provider, givenAccount()), await verify(provider, givenAccount())];

      expect(seen).to.deep.equal(
        [1, 2].map(() => ({ kind: "absent", doubtful: true, nameOpen: false })),
      );
      expect(await zitadel.count("ListUsers")).to.equal(3);
    });

    it("searches only our own organization for a username that nobody refused", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();
      await zitadel.control.addUser({ username: "somebody" });
      await zitadel.control.addUser({ username: account.username, orgId: "another-org" });

      expect(await verify(provider, account)).to.deep.equal({
        kind: "absent",
        doubtful: false,
        nameOpen: false,
      });
    });

    it("sees one that was refused, wherever its user is", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();
      await zitadel.control.addUser({ username: "somebody" });
      const { username } = account;
      const { userId } = await zitadel.control.addUser({ username, orgId: "org-b" });

      const seen = await verify(provider, account, true);
      await zitadel.control.deleteUser(userId);
      const freed = await verify(provider, account, true);
      await zitadel.control.changeSettings({ unknownMethods: ["GetUserByLoginNameGlobal"] });
      const open = await verify(provider, account, true);

      expect(seen).to.deep.equal({ kind: "name-held", zitadelUserId: userId, orgId: "org-b" });
      expect(freed).to.include({ kind: "absent", nameOpen: false });
      expect(open).to.include({ kind: "absent", nameOpen: true });
    });

    it("cannot see an id that a removed organization keeps", async () => {
      const provider = await zitadel.connected();
      const account = givenAccount();
      const { id: userId, username } = account;
      await zitadel.control.addUser({ userId, username, orgId: "removed-org" });
      await zitadel.control.changeOrg({ orgId: "removed-org", state: "removed" });

      expect(await verify(provider, account)).to.include({ kind: "absent" });
    });
  });

  /** A question can be refused as a creation can, but for what is said of the new user's fields. */
  const questions = REFUSALS.filter(
    ({ grpcCode, id }) => grpcCode !== 3 && grpcCode !== 6 && id !== "AUTHZ-cdgFk",
  );
  for (const method of ["GetUserByID", "ListUsers"] as const) {
    describe(`when Zitadel answers ${method} with a refusal`, () => {
      for (const { grpcCode, id, text, meaning } of questions) {
        it(`knows that ${grpcCode} ${id ?? "without an id"} (${text.slice(0, 20)}) is no answer`, async () => {
          const provider = await zitadel.connected();
          const refusal = { kind: "grpc", code: grpcCode, message: text } as const;
          await zitadel.setFaults({ method, ...refusal, ...(id === null ? {} : { id }) });

          const seen = await verify(provider, givenAccount());

          expect(seen).to.include({ kind: "unanswered", grpcCode });
          // What blames the job when it is created says nothing of it when it is asked for.
          const stop = meaning.kind === "permanent" ? null : meaning.stop;
          // The list is asked for after an answer, so that the address is known to be right.
          const doubtful =
            id === "AUTH-Bs7Ds" || id === "AUTH-7fs1e" || (grpcCode === 5 && id === null);
          const known = method === "ListUsers" && doubtful;
          expect(seen).to.include({ stop: known ? "unavailable" : stop });
        });
      }
    });
  }

  it("tells a silent Zitadel, one that hangs up and one that asks to wait apart", async () => {
    const provider = await zitadel.connected();
    const impatient = await zitadel.connected({ timeoutMs: 1000 });
    const faults = [
      { kind: "hang" },
      { kind: "drop-before-commit" },
      { kind: "http", status: 503 },
      { kind: "http", status: 429, retryAfter: 4 },
    ] as const;

    const seen = [];
    for (const fault of faults) {
      await zitadel.setFaults({ method: "GetUserByID", ...fault });
      seen.push(await verify(fault.kind === "hang" ? impatient : provider, givenAccount()));
    }

    expect(seen.map((one) => ("code" in one ? [one.code, one.stop] : one))).to.deep.equal([
      ...[
        ["timeout", null],
        ["unavailable", null],
        ["unavailable", null],
      ],
      ["rate_limited", "stopped"],
    ]);
  });

  it("does not let a proxy that dislikes one name stop the questions for others", async () => {
    const provider = await zitadel.connected();
    await zitadel.setFaults({ method: "ListUsers", kind: "http", status: 403 });
    const one = await verify(provider, givenAccount());
    await zitadel.setFaults({ method: "*", kind: "http", status: 403 });
    const all = await verify(provider, givenAccount());

    expect(one).to.include({ kind: "unanswered", code: "unknown", stop: null });
    expect(all).to.include({ kind: "unanswered", stop: "refused" });
  });

  it("renews a token that Zitadel refuses, and stops when none is to be had", async () => {
    const provider = zitadel.open();
    await provider.connect();
    const account = givenAccount();
    await zitadel.control.addUser({ userId: account.id, username: account.username });

    await zitadel.control.revokeTokens({ alsoPat: false });
    const renewed = await verify(provider, account);
    await zitadel.control.revokeTokens({ alsoPat: false });
    await zitadel.setFaults({ method: "token", kind: "http", status: 500 });
    const none = await verify(provider, account);

    expect(renewed.kind).to.equal("ours");
    expect(none).to.include({ kind: "unanswered", code: "unavailable", stop: "unavailable" });
  });

  it("knows that Zitadel cannot be asked when the connection is lost", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.setDown(true);

    await verify(provider, givenAccount());
    const seen = await verify(provider, givenAccount());

    expect(seen).to.include({ kind: "unanswered", code: "unavailable" });
  });
});
