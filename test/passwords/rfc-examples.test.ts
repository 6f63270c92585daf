// The examples of the RFCs that use other algorithms: each is refused for that, whatever else it is.
import { expect } from "chai";
import { openEnvelope } from "../../src/passwords/open-envelope.ts";
import { parseKeyRing } from "../../src/passwords/key-ring.ts";
import { Secret } from "../../src/secret.ts";
import { givenRing } from "../support/given-ring.ts";
import { b64, ecdhJwe } from "../support/hand-made-jwe.ts";

const JOB = "3f0c1d2e-4b5a-4c6d-8e7f-9a0b1c2d3e4f";

describe("an example of an RFC", () => {
  for (const [where, header, reason] of [
    ["RFC 7516, A.1", "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ", /alg/],
    ["RFC 7516, A.2", "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0", /alg/],
    ["RFC 7516, A.3", "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0", /alg/],
    ["RFC 8037, A.6", b64(JSON.stringify(x25519Header())), /alg/],
  ] as const) {
    it(`is refused for its algorithm: ${where}`, async () => {
      const { ring } = await givenRing("EC");

      const result = openEnvelope(`${header}.AAAA.AAAA.AAAA.AAAA`, JOB, ring);

      expect(result.kind).to.equal("undecryptable");
      expect(result).to.have.property("reason").that.matches(reason);
    });
  }

  it("with a curve of RFC 8037 is refused for it, also under an accepted alg", async () => {
    const { key, ring } = await givenRing("EC");
    const { epk } = x25519Header();

    const result = openEnvelope(ecdhJwe(key, { jid: JOB, epk }, "Passw0rd!"), JOB, ring);

    expect(result).to.have.property("reason").that.matches(/epk/);
  });

  it("with a key of RFC 8037 makes no ring", () => {
    const bob = { kty: "OKP", crv: "X25519", kid: "Bob", x: BOB_X25519, d: BOB_X25519 };

    const parse = () => parseKeyRing(new Secret(JSON.stringify({ keys: [bob] })), "the ring");

    expect(parse).to.throw(/key "Bob": its kty must be EC with crv P-256, or oct/);
  });
});

const BOB_X25519 = "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08";

/** RFC 8037, A.6, as printed there. */
function x25519Header() {
  const x = "hSDwCYkwp1R0i33ctD73Wg2_Og0mOBr066SpjqqbTmo";
  const epk = { kty: "OKP", crv: "X25519", x };
  return { alg: "ECDH-ES+A128KW", epk, enc: "A128GCM", kid: "Bob" };
}
