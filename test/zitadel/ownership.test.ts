// Whose an account with the job's id is: by organization, metadata and age, and by its name where it has none.
import { expect } from "chai";
import type { NewAccount } from "../../src/zitadel/identity-provider.ts";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";

const FAMILY = "11111111-1111-4111-8111-111111111111";
const minutes = (count: number) => new Date(Date.now() + count * 60_000).toISOString();
const metadataOf = ({ id, familyId }: NewAccount) => ({
  "familyhub.job_id": id,
  "familyhub.family_id": familyId,
});

describe("an account with the job's id", () => {
  const zitadel = useZitadel();

  /** What creating, adopting and verifying say of it, which must agree. */
  async function judged(account: NewAccount) {
    const provider = await zitadel.connected();
    const [created, adopted] = [
      await provider.createAccount(account, false),
      await provider.adoptAccount(account),
    ];
    const seen = await provider.verifyAccount(account, false);
    const ours = created.kind === "adopted";
    expect(adopted.kind).to.equal(ours ? "adopted" : "permanent");
    expect(seen.kind).to.equal(ours ? "ours" : "id-held");
    if (!ours) expect(summary(created)).to.include({ kind: "permanent", code: "id_taken" });
    return { created, adopted, seen };
  }

  const given = (account: NewAccount, change: object = {}) =>
    zitadel.control.addUser({
      ...{ userId: account.id, username: account.username, metadata: metadataOf(account) },
      ...change,
    });

  it("is ours by its metadata though an administrator has renamed it, and the new name is said", async () => {
    const account = givenAccount();
    await given(account, { username: "kim_renamed" });

    const { created, adopted, seen } = await judged(account);

    expect(created).to.have.property("kind", "adopted");
    for (const one of [created, adopted, seen]) {
      expect(one).to.have.property("note").that.includes('now "kim_renamed"');
    }
  });

  it("is ours when Zitadel renamed all users: login names lost their domain", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await zitadel.control.changeSettings({ perOrgUsernames: true });
    await provider.createAccount(account, false);
    await zitadel.control.changeSettings({ perOrgUsernames: false });

    const { created } = await judged(account);

    expect(created).to.have.property("note").that.includes(`now "${account.username}@`);
  });

  it("is ours when its metadata shows only at a second look", async () => {
    const account = givenAccount();
    await given(account, { username: "kim_renamed", metadata: {} });
    const pause = { kind: "pause", name: "first look", at: "after" } as const;
    await zitadel.setFaults({ method: "ListUserMetadata", ...pause });
    const provider = await zitadel.connected();

    const pending = provider.adoptAccount(account);
    await zitadel.control.waitForPaused({ name: "first look" });
    await zitadel.control.changeUser({ userId: account.id, metadata: metadataOf(account) });
    await zitadel.setFaults();
    await zitadel.control.release("first look");

    expect((await pending).kind).to.equal("adopted");
  });

  it("is ours by its name where it has no metadata", async () => {
    const account = givenAccount();
    await given(account, { metadata: {} });

    const { created } = await judged(account);

    expect(created).to.deep.equal({ kind: "adopted", zitadelUserId: account.id, note: null });
  });

  it("is ours by its name on a server that does not know ListUserMetadata, however it says so", async () => {
    const account = givenAccount();
    await given(account);
    await zitadel.control.changeSettings({ unknownMethods: ["ListUserMetadata"] });
    const byGrpc = await judged(account);
    await zitadel.setFaults({ method: "ListUserMetadata", kind: "http", status: 404 });

    expect(byGrpc.created.kind).to.equal("adopted");
    expect((await judged(account)).created.kind).to.equal("adopted");
  });

  for (const [state, word] of [
    ["inactive", "deactivated"],
    ["locked", "locked"],
  ] as const) {
    it(`is ours while it is ${word}, and that is said`, async () => {
      const account = givenAccount();
      await given(account, { state });

      const { created, seen } = await judged(account);

      for (const one of [created, seen]) {
        expect(one).to.have.property("note").that.includes(word);
      }
    });
  }

  it("is ours though the clocks are four minutes apart, and when the job is older", async () => {
    const [behind, old] = [givenAccount(), givenAccount({ createdAt: new Date(0) })];
    await given(behind, { createdAt: minutes(-4) });
    await given(old, { createdAt: minutes(-600) });

    expect((await judged(behind)).created.kind).to.equal("adopted");
    expect((await judged(old)).created.kind).to.equal("adopted");
  });

  const others: Record<string, [change: (account: NewAccount) => object, difference: string]> = {
    "older than the job": [() => ({ createdAt: minutes(-6) }), "age"],
    "older than the job, without metadata": [
      () => ({ createdAt: minutes(-6), metadata: {} }),
      "age",
    ],
    "another family's": [
      (account) => ({ metadata: { ...metadataOf(account), "familyhub.family_id": FAMILY } }),
      "family",
    ],
    "another job's": [
      (account) => ({ metadata: { ...metadataOf(account), "familyhub.job_id": FAMILY } }),
      "job",
    ],
    "of another name without metadata": [
      () => ({ username: "somebody_else", metadata: {} }),
      "username",
    ],
    "of another name, with metadata that names no family": [
      ({ id }) => ({ username: "somebody_else", metadata: { "familyhub.job_id": id } }),
      "username",
    ],
    "a machine": [() => ({ type: "machine" }), "machine"],
    "of another organization": [() => ({ orgId: "org-b" }), "organization"],
  };
  for (const [what, [change, difference]] of Object.entries(others)) {
    it(`is not ours where it is ${what}`, async () => {
      const account = givenAccount();
      await given(account, change(account));

      const { created, adopted, seen } = await judged(account);

      expect(seen).to.deep.equal({ kind: "id-held", difference });
      expect(created).to.have.nested.property("failure.message").that.includes("another user");
      expect(adopted).to.have.nested.property("failure.message").that.includes("another user");
    });
  }

  it("is undecided while its metadata cannot be read", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount();
    await given(account, { username: "kim_renamed" });
    await zitadel.setFaults({ method: "ListUserMetadata", kind: "db-read-error" });

    const created = await provider.createAccount(account, true);
    const adopted = await provider.adoptAccount(account);
    const seen = await provider.verifyAccount(account, false);

    expect(summary(created)).to.include({ kind: "transient", code: "unknown" });
    expect(summary(adopted)).to.include({ kind: "blameless", code: "unavailable" });
    expect(seen.kind).to.equal("unanswered");
  });
});
