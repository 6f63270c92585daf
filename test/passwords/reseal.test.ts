// Moving an envelope under the ring's first key, and when a ring may not be trusted with it.
import { expect } from "chai";
import { ConfigError } from "../../src/errors.ts";
import { openEnvelope } from "../../src/passwords/open-envelope.ts";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { generateKey } from "../../src/passwords/generate.ts";
import { proveFirstKey, resealEnvelope } from "../../src/passwords/reseal.ts";
import { Secret } from "../../src/secret.ts";
import { unseal } from "../support/given-keys.ts";
import { KEY_TYPES, ringOf } from "../support/given-ring.ts";
import { rejection } from "../support/zitadel-adapter.ts";

const JOB = "3f0c6c1e-0000-4000-8000-000000000000";
const sealed = (value: string, key: object) =>
  sealEnvelope({ kind: "password", value: new Secret(value) }, JOB, ringOf(key));

describe("resealing an envelope", () => {
  for (const from of KEY_TYPES) {
    for (const to of KEY_TYPES) {
      it(`moves what is in it from a key of type ${from} under one of type ${to}`, async () => {
        const [old, fresh] = [await generateKey(from), await generateKey(to)];

        const resealed = await resealEnvelope(
          await sealed("Aa1!é\0", old),
          JOB,
          ringOf(fresh, old),
        );

        if (resealed.kind !== "resealed") throw new Error(resealed.kind);
        expect(await unseal(resealed.envelope, JOB, [fresh])).to.include({ password: "Aa1!é\0" });
        const elsewhere = openEnvelope(resealed.envelope, "another", ringOf(fresh));
        expect(elsewhere.kind).to.equal("undecryptable");
      });
    }
  }

  it("refuses what would not fit its column: the last character that fits is taken", async () => {
    const [old, fresh] = [await generateKey("oct"), await generateKey("EC")];
    const reseal = async (length: number) =>
      resealEnvelope(await sealed("x".repeat(length), old), JOB, ringOf(fresh, old));
    const { envelope } = (await reseal(1)) as { envelope: string };
    // Three bytes are four characters.
    const most = 1 + Math.floor(((500 - envelope.length) * 3) / 4);

    const [fits, doesNot] = [await reseal(most - 2), await reseal(most + 3)];

    expect(fits.kind).to.equal("resealed");
    expect(doesNot).to.have.property("kind", "too-long");
    expect(doesNot)
      .to.have.property("reason")
      .that.matches(/has 50\d characters, but only 500 fit$/);
  });

  it("says which key is missing, and why something does not open", async () => {
    const [gone, fresh] = [await generateKey("EC"), await generateKey("EC")];

    const missing = await resealEnvelope(await sealed("x", gone), JOB, ringOf(fresh));
    const broken = await resealEnvelope("garbage", JOB, ringOf(fresh));

    expect(missing).to.deep.equal({ kind: "key-missing", kid: gone.kid });
    expect(broken).to.deep.equal({ kind: "undecryptable", reason: "it is not a compact JWE" });
  });
});

describe("the proof of a ring's first key", () => {
  it("passes for both types of key", async () => {
    for (const type of KEY_TYPES) await proveFirstKey(ringOf(await generateKey(type)));
  });

  it("fails when what it seals does not open, and names the key", async () => {
    const [key, other] = [await generateKey("oct"), await generateKey("oct")];
    const ring = ringOf(key);
    const twisted = { ...ring, find: () => ringOf({ ...other, kid: key.kid }).first };

    const error = await rejection(proveFirstKey(twisted));

    expect(error).to.be.instanceOf(ConfigError);
    expect(error.message).to.include(`"${key.kid}"`).and.to.include("nothing was changed");
  });

  it("fails when any key of the ring cannot be imported", async () => {
    const [key, other] = [await generateKey("EC"), await generateKey("EC")];
    const bent = { ...other, x: key.x };

    const error = await rejection(proveFirstKey(ringOf(key, bent)));

    expect(error).to.be.instanceOf(ConfigError);
    expect(error.message).to.include(`"${other.kid}"`);
  });
});
