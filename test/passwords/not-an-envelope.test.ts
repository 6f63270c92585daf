// Texts that are no password envelope, and ephemeral keys that fit no key of the ring.
import { expect } from "chai";
import { openEnvelope } from "../../src/passwords/open-envelope.ts";
import { givenRing, type GivenRing } from "../support/given-ring.ts";
import { b64, ecdhJwe } from "../support/hand-made-jwe.ts";

const JOB = "3f0c1d2e-4b5a-4c6d-8e7f-9a0b1c2d3e4f";
const PASSWORD = "Pässwörd 1!";

describe("what is no envelope", () => {
  const notEnvelopes: Readonly<Record<string, string>> = {
    "a password in plain": "Passw0rd!",
    "a JWS": `${b64('{"alg":"HS256"}')}.${b64("{}")}.c2ln`,
    "a JWE in JSON": '{"protected":"e30","ciphertext":"AA"}',
    "a JWE with spaces": ` ${b64('{"alg":"dir"}')}..AA.AA.AA`,
    "six parts": "a.b.c.d.e.f",
    "padded base64": `${b64('{"alg":"dir"}')}==..AA==.AA==.AA==`,
    "a header that is no JSON": `${b64("no json")}..AA.AA.AA`,
    "a header that is a list": `${b64("[]")}..AA.AA.AA`,
    "a header that is null": `${b64("null")}..AA.AA.AA`,
    "a header that is no UTF-8": `${b64(Buffer.from([0xff]))}..AA.AA.AA`,
  };

  for (const [what, text] of Object.entries(notEnvelopes)) {
    it(`does not open: ${what}`, async () => {
      const { ring } = await givenRing("oct");

      const result = openEnvelope(text, JOB, ring);

      expect(result.kind).to.equal("undecryptable");
      expect(JSON.stringify(result)).to.not.contain("Passw0rd!");
    });
  }

  it("is distinguished from an erased password", async () => {
    const { ring } = await givenRing("oct");

    const result = openEnvelope("", JOB, ring);

    expect(result).to.have.property("reason").that.contains("erased");
  });

  it("does not open an ephemeral key of another curve, and says so", async () => {
    const { key, ring } = await givenRing("EC");
    const { key: other } = await givenRing("EC");
    const epk = { kty: "EC", crv: "P-384", x: b64(Buffer.alloc(48, 1)), y: b64(Buffer.alloc(48)) };

    const results = [
      openEnvelope(ecdhJwe(key, { jid: JOB, epk }, PASSWORD), JOB, ring),
      openEnvelope(ecdhJwe(key, { jid: JOB, epk: undefined }, PASSWORD), JOB, ring),
      openEnvelope(ecdhJwe(key, { jid: JOB, epk: { ...epk, crv: "P-256" } }, "x"), JOB, ring),
      openEnvelope(ecdhJwe(key, { jid: JOB, epk: publicHalf(other) }, "x"), JOB, ring),
    ];

    expect(results.map(({ kind }) => kind)).to.deep.equal(Array(4).fill("undecryptable"));
    expect(results[0]).to.have.property("reason").that.matches(/epk/);
    expect(results[1]).to.have.property("reason").that.matches(/epk/);
  });
});

function publicHalf({ kty, crv, x, y }: GivenRing["key"]) {
  return { kty, crv, x, y };
}
