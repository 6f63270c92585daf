// What opens an envelope and jose accept and refuse the same: in whatever way an envelope was made, or damaged.
import type { JsonWebKey } from "node:crypto";
import { expect } from "chai";
import fc from "fast-check";
import { compactDecrypt, importJWK } from "jose";
import { openEnvelope } from "../../src/passwords/open-envelope.ts";
import { givenRing, KEY_TYPES, type GivenRing } from "../support/given-ring.ts";
import { b64, directJwe, ecdhJwe } from "../support/hand-made-jwe.ts";

const JOB = "3f0c1d2e-4b5a-4c6d-8e7f-9a0b1c2d3e4f";
const RUNS = { numRuns: 500 };

/** Its text does not have the form of a compact JWE: such a one is refused before anything else. */
const ILLEGAL = /[^\w.-]/;

const place = fc.nat({ max: 400 });
const part = fc.nat({ max: 4 });
const damage = fc.oneof(
  fc.record({ kind: fc.constant("flip a bit of" as const), part, place, bit: fc.nat({ max: 7 }) }),
  fc.record({
    kind: fc.constant("replace a character of" as const),
    ...{ part, place, by: fc.constantFrom(..."ABwxyz019-_=+/ .\n\u00e9") },
  }),
  fc.record({ kind: fc.constant("cut" as const), part, length: fc.nat({ max: 20 }) }),
  fc.record({
    kind: fc.constant("add to" as const),
    part,
    text: fc.constantFrom("A", "AA", "AAAA", "_", "=", "==", ".", " "),
  }),
  fc.record({ kind: fc.constant("exchange" as const), part }),
);
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;

/** jose reads `apu` and `apv` with padding as well, which base64url does not have in JOSE (RFC 7515, 2). */
const unpadded = (text: string) => text.replace(/=+$/, "");

/** Members that change how the content key is found. */
const party = fc.option(
  fc.oneof(
    fc.constantFrom("", "QQ", "QR", "QWxpY2U", "Qm9i", "AAAAA"),
    fc.base64String().map(unpadded),
  ),
  { nil: undefined },
);
const EPHEMERAL: Readonly<Record<string, (epk: JsonWebKey) => unknown>> = {
  "as it is": (epk) => epk,
  "with more members": (epk) => ({ ...epk, kid: "e", use: "enc", alg: "ECDH-ES", ext: true }),
  "with zeros in front": (epk) => ({ ...epk, x: b64(Buffer.concat([ZEROS, bytes(epk.x)])) }),
  "without a zero in front": (epk) => ({ ...epk, x: b64(withoutZero(bytes(epk.x))) }),
  "a private one": (epk) => ({ ...epk, d: b64(Buffer.alloc(32, 1)) }),
  "of P-384": (epk) => ({ ...epk, crv: "P-384" }),
  "off the curve": (epk) => ({ ...epk, y: epk.x }),
  "its coordinates exchanged": (epk) => ({ ...epk, x: epk.y, y: epk.x }),
  "all zero": (epk) => ({ ...epk, x: b64(ZEROS), y: b64(ZEROS) }),
  "half of it": ({ y: _, ...epk }) => epk,
  empty: (epk) => ({ ...epk, x: "" }),
  "too long": (epk) => ({ ...epk, x: b64(Buffer.concat([bytes(epk.x), bytes(epk.y)])) }),
  "of numbers": (epk) => ({ ...epk, x: 7 }),
  "an octet key pair": (epk) => ({ ...epk, kty: "OKP" }),
  "a text": (epk) => JSON.stringify(epk),
  "a list": (epk) => [epk],
  null: () => null,
};
const ZEROS = Buffer.alloc(32);
const bytes = (text?: string) => Buffer.from(text ?? "", "base64url");
const withoutZero = (number: Buffer) => (number[0] === 0 ? number.subarray(1) : number);

for (const type of KEY_TYPES) {
  describe(`what opens envelopes under a key of type ${type}`, () => {
    let given: GivenRing;
    let joseKey: Awaited<ReturnType<typeof importJWK>>;
    const make = (text: string) =>
      (type === "EC" ? ecdhJwe : directJwe)(given.key, { jid: JOB }, text);

    before(async () => {
      given = await givenRing(type);
      joseKey = await importJWK(given.key, type === "EC" ? "ECDH-ES" : "A256GCM");
    });

    async function byJose(jwe: string): Promise<string> {
      if (ILLEGAL.test(jwe)) return "refused";
      return compactDecrypt(jwe, joseKey, {
        keyManagementAlgorithms: [type === "EC" ? "ECDH-ES" : "dir"],
        contentEncryptionAlgorithms: ["A256GCM"],
      }).then(
        ({ plaintext }) => Buffer.from(plaintext).toString("utf8"),
        () => "refused",
      );
    }

    function byUs(jwe: string): string {
      const opened = openEnvelope(jwe, JOB, given.ring);
      return opened.kind === "opened" ? opened.content.value.reveal() : "refused";
    }

    it("agrees with jose about envelopes that were damaged", async () => {
      let opened = 0;
      const agrees = async (text: string, damages: readonly Damage[]) => {
        const other = make("another password");
        const jwe = damages.reduce((jwe, damage) => damaged(jwe, damage, other), make(text));

        const found = byUs(jwe);

        expect(found).to.equal(await byJose(jwe));
        if (found !== "refused") opened += 1;
      };

      const text = fc.string({ minLength: 1, unit: "grapheme" });
      await fc.assert(fc.asyncProperty(text, fc.array(damage, { maxLength: 2 }), agrees), RUNS);

      expect(opened, "both accept some").to.be.above(RUNS.numRuns / 10);
    });

    if (type === "EC") {
      it("agrees with jose about ephemeral keys and parties of all kinds", async () => {
        let opened = 0;
        const agrees = async (kind: string, apu?: string, apv?: string) => {
          const jwe = ecdhJwe(given.key, { jid: JOB, apu, apv }, "Aa1!", EPHEMERAL[kind]);

          const found = byUs(jwe);

          expect(found).to.equal(await byJose(jwe));
          if (found !== "refused") opened += 1;
        };

        const ephemeral = fc.constantFrom(...Object.keys(EPHEMERAL));
        await fc.assert(fc.asyncProperty(ephemeral, party, party, agrees), RUNS);

        expect(opened, "both accept some").to.be.above(RUNS.numRuns / 100);
      });
    }
  });
}

function damaged(jwe: string, damage: Damage, other: string): string {
  const parts = jwe.split(".");
  const index = damage.part % parts.length;
  const text = parts[index] ?? "";
  parts[index] = damagedPart(text, damage, other.split(".")[index] ?? "");
  return parts.join(".");
}

function damagedPart(text: string, damage: Damage, other: string): string {
  switch (damage.kind) {
    case "flip a bit of": {
      const flipped = Buffer.from(text, "base64url");
      const at = damage.place % Math.max(flipped.length, 1);
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ (1 << damage.bit);
      return b64(flipped);
    }
    case "replace a character of": {
      // Counted from the end, where some bits of the last character belong to no byte.
      const at = text.length - 1 - (damage.place % Math.max(text.length, 1));
      return text.slice(0, Math.max(at, 0)) + damage.by + text.slice(at + 1);
    }
    case "cut":
      return text.slice(0, text.length - damage.length);
    case "add to":
      return text + damage.text;
    case "exchange":
      return other;
    default:
      return damage satisfies never;
  }
}
