// What the pauses of a rotation are measured by.
import { expect } from "chai";
import { rotateBatch } from "../../src/keys/rotate-batch.ts";
import { generateKey } from "../../src/passwords/generate.ts";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import type { Database } from "../../src/postgres/database.ts";
import { Secret } from "../../src/secret.ts";
import { ringOf } from "../support/given-ring.ts";
import { fixedId } from "../support/given-screen.ts";

describe("a batch of keys rotate", () => {
  it("takes as long as its encrypting and its statement together", async () => {
    const [first, old] = [await generateKey("EC"), await generateKey("oct")];
    const ring = ringOf(first, old);
    const content = { kind: "password", value: new Secret("Aa1!secret") } as const;
    const [id, jwe] = [fixedId(1), await sealEnvelope(content, fixedId(1), ringOf(old))];
    const batch = [{ id, jwe, createdAt: "", status: "pending", impossible: false }];
    const written = [{ exchanged: 1, nextXid: 7, overruledOn: null }];
    let sealedMs = 0;
    const slowRing = {
      ...ring,
      first: {
        ...ring.first,
        encrypting: async () => {
          const startMs = performance.now();
          const key = await ring.first.encrypting();
          while (performance.now() - startMs < 20);
          sealedMs = performance.now() - startMs;
          return key;
        },
      },
    };
    const db: Pick<Database, "transaction"> = {
      transaction: (work) => work({ query: <Row>() => Promise.resolve(written as Row[]) }),
    };
    const options = { dryRun: false, action: { id, actor: "kim", reason: null } };
    const deps = { ring: slowRing, onLeft: () => undefined, onImpossible: () => undefined };

    const rotated = await rotateBatch(db as Database, batch, options, deps);

    expect(rotated.counts.rotated).to.equal(1);
    expect(rotated.written?.tookMs).to.be.at.least(sealedMs);
    expect(sealedMs).to.be.at.least(20);
  });
});
