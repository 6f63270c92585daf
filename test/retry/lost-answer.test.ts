// The connection to Postgres breaks after a statement was done and before its answer was heard.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { Secret } from "../../src/secret.ts";
import { startCuttingProxy, type CuttingProxy } from "../support/cutting-proxy.ts";
import { givenJob, readJob } from "../support/given.ts";
import { givenRing } from "../support/given-ring.ts";
import { readAttempts, readEvents, readUsers } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

describe("a lost answer of Postgres", () => {
  const scene = setScene();
  let proxy: CuttingProxy;
  beforeEach(async () => (proxy = await startCuttingProxy(scene.db.url)));
  afterEach(() => proxy.close());
  /** The beginning of its values; the statement itself is planned before, without any. */
  const settlementOf = (jobId: string) => `[{"id":"${jobId}"`;
  const retry = (args: string[] = []) => scene.retry(args, { DATABASE_URL: proxy.url });

  it("to a settlement is not taken for a lost lease: counted once, written once", async () => {
    const job = await givenJob(scene.db);
    proxy.loseAnswerTo(settlementOf(job.id));

    const { code, report, stderr } = await retry();

    expect(proxy.lost()).to.equal(1);
    expect(code, stderr).to.equal(0);
    expect(report).to.include({ outcome: "completed", created: 1 });
    expect(stderr).to.equal("");
    expect(await readUsers(scene.db, job.id)).to.have.lengthOf(1);
    expect(await readEvents(scene.db)).to.have.lengthOf(1);
    expect(await readAttempts(scene.db, job.id)).to.have.lengthOf(1);
  });

  it("to a release, which leaves no attempt, is no lost lease either", async () => {
    const id = randomUUID();
    const content = { kind: "password", value: new Secret("Aa1!secret") } as const;
    const foreign = await sealEnvelope(content, id, (await givenRing()).ring);
    await givenJob(scene.db, { id, encryptedPassword: foreign });
    proxy.loseAnswerTo(settlementOf(id));

    const { code, report, stderr } = await retry();

    expect(proxy.lost()).to.equal(1);
    expect(code).to.equal(78);
    expect(report).to.include({ deferred: 1 });
    expect(stderr).not.to.contain("lease");
    expect(await readJob(scene.db, id)).to.include({ status: "pending", retryCount: 0 });
  });

  it("to a claim uses up no retry: the jobs are released by the same run", async () => {
    const job = await givenJob(scene.db);
    proxy.loseAnswerTo("claimed as (");

    const { code, report } = await retry();

    expect(proxy.lost()).to.equal(1);
    expect(code).to.equal(69);
    expect(report).to.include({ outcome: "unavailable", created: 0, retried: 0 });
    const { status, retryCount, leased } = await readJob(scene.db, job.id);
    expect({ status, retryCount, leased }).to.deep.equal({
      ...{ status: "pending", retryCount: 0, leased: false },
    });
    expect((await retry()).report).to.include({ created: 1, rescued: 0 });
  });
});
