// Passwords decrypted in a thread: the same results as without it, whatever becomes of the thread.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import type { KeyRing } from "../../src/passwords/key-ring.ts";
import {
  createEnvelopeOpener,
  type EnvelopeOpener,
  type SealedJob,
} from "../../src/passwords/open-ahead.ts";
import type { OpenResult } from "../../src/passwords/open-envelope.ts";
import { Secret } from "../../src/secret.ts";
import { givenRing, ringOf, type GivenRing } from "../support/given-ring.ts";
import { ecdhJwe } from "../support/hand-made-jwe.ts";
import { waitUntil } from "../support/wait-until.ts";

describe("an opener with a thread", () => {
  let given: GivenRing;
  let keyless: KeyRing;
  let opener: EnvelopeOpener;

  const sealed = (count: number): SealedJob[] =>
    Array.from({ length: count }, (_, n) => {
      const id = randomUUID();
      return { id, encryptedPassword: ecdhJwe(given.key, { jid: id }, `password ${n}`) };
    });

  before(async () => {
    given = await givenRing();
    keyless = (await givenRing()).ring;
  });

  afterEach(() => opener.close());

  /** Its thread has the key, the run itself has not: only the thread's results are passwords. */
  function openerWithThreadOnly(text = given.ring.text): EnvelopeOpener {
    return createEnvelopeOpener({ ...keyless, text });
  }

  /** @returns the first job, from the end, that the thread had opened when it was asked for */
  async function untilOpened(jobs: SealedJob[]): Promise<OpenResult> {
    let result: OpenResult = { kind: "key-missing", kid: "" };
    await waitUntil("the thread has opened a job", () => {
      const job = jobs.pop();
      if (job === undefined) throw new Error("no job is left");
      result = opener.open(job);
      return result.kind === "opened";
    });
    return result;
  }

  it("takes what the thread has decrypted", async () => {
    opener = openerWithThreadOnly();
    const jobs = sealed(400);
    opener.openAhead(jobs);

    const result = await untilOpened(jobs);

    expect(text(result)).to.equal(`password ${jobs.length}`);
  });

  it("gives each result once", async () => {
    opener = openerWithThreadOnly();
    const jobs = sealed(400);
    opener.openAhead(jobs);
    await untilOpened(jobs);
    const [job] = jobs as [SealedJob];

    expect([opener.open(job).kind, opener.open(job).kind]).to.deep.equal(["opened", "key-missing"]);
  });

  it("does not take a result of another envelope of the same job", async () => {
    opener = openerWithThreadOnly();
    const jobs = sealed(400);
    opener.openAhead(jobs);
    await untilOpened(jobs);
    const [{ id }] = jobs as [SealedJob];

    const changed = opener.open({ id, encryptedPassword: ecdhJwe(given.key, { jid: id }, "new") });

    expect(changed.kind).to.equal("key-missing");
  });

  it("decrypts itself what the thread has not decrypted yet", () => {
    opener = createEnvelopeOpener(given.ring);
    const jobs = sealed(60);
    opener.openAhead(jobs);

    expect(jobs.map((job) => text(opener.open(job)))).to.deep.equal(
      jobs.map((_, n) => `password ${n}`),
    );
  });

  it("says itself why an envelope does not decrypt", async () => {
    opener = createEnvelopeOpener(given.ring);
    const jobs = sealed(60);
    const others = ringOf((await givenRing()).key);
    expect(others.first.kid).not.to.equal(given.ring.first.kid);
    const wrong = { id: jobs[0]?.id ?? "", encryptedPassword: jobs[1]?.encryptedPassword ?? "" };
    opener.openAhead([wrong, ...jobs.slice(1)]);

    expect(opener.open(wrong)).to.deep.equal({
      kind: "undecryptable",
      reason: "it belongs to another job (jid)",
    });
  });

  it("goes on without a thread that ends", async () => {
    opener = createEnvelopeOpener({ ...given.ring, text: new Secret("no ring") });
    const jobs = sealed(300);

    for (let from = 0; from < 300; from += 60) {
      opener.openAhead(jobs.slice(from, from + 60));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }

    expect(jobs.map((job) => opener.open(job).kind)).to.deep.equal(jobs.map(() => "opened"));
  });

  it("goes on where no thread can be started", () => {
    opener = createEnvelopeOpener(given.ring, () => {
      throw new Error("ERR_WORKER_INIT_FAILED: EAGAIN");
    });
    const jobs = sealed(60);
    opener.openAhead(jobs);

    expect(text(opener.open(jobs[0] as SealedJob))).to.equal("password 0");
  });

  it("starts none for a few jobs", () => {
    let started = false;
    opener = createEnvelopeOpener(given.ring, () => {
      started = true;
      throw new Error("not needed");
    });

    opener.openAhead(sealed(49));

    expect(started).to.equal(false);
  });

  it("decrypts without a second processor", () => {
    opener = createEnvelopeOpener(given.ring, null);
    const jobs = sealed(60);
    opener.openAhead(jobs);

    expect(text(opener.open(jobs[0] as SealedJob))).to.equal("password 0");
  });

  it("decrypts after it was closed, too", () => {
    opener = createEnvelopeOpener(given.ring);
    const jobs = sealed(60);
    opener.openAhead(jobs);
    opener.close();

    expect(text(opener.open(jobs[0] as SealedJob))).to.equal("password 0");
  });
});

function text(result: OpenResult): string {
  return result.kind === "opened" ? result.content.value.reveal() : JSON.stringify(result);
}
