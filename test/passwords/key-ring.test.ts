// The key ring: which key is used for what, and what makes a ring unusable.
import { expect } from "chai";
import { ConfigError } from "../../src/errors.ts";
import { openEnvelope } from "../../src/passwords/open-envelope.ts";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { generateKey } from "../../src/passwords/generate.ts";
import { parseKeyRing } from "../../src/passwords/key-ring.ts";
import { Secret } from "../../src/secret.ts";
import { KEY_TYPES, ringOf } from "../support/given-ring.ts";
import { rejection } from "../support/zitadel-adapter.ts";

const SOURCE = "/etc/keys/ring.json";

describe("a key ring", () => {
  it("encrypts with its first key, and decrypts with every one", async () => {
    const keys = [await generateKey("EC"), await generateKey("oct"), await generateKey("EC")];

    const ring = ringOf(...keys);

    expect(ring.first.kid).to.equal(keys[0]?.kid);
    expect(keys.map(({ kid }) => ring.find(kid ?? "")?.kid)).to.deep.equal(
      keys.map(({ kid }) => kid),
    );
  });

  it("knows no key that it does not hold", async () => {
    const ring = ringOf(await generateKey("EC"));

    const found = ["", "another", "__proto__", "constructor"].map((kid) => ring.find(kid));

    expect(found).to.deep.equal([null, null, null, null]);
  });

  for (const type of KEY_TYPES) {
    it(`takes what \`keys generate\` makes of type ${type}, under a name of its own`, async () => {
      const [one, other] = [await generateKey(type), await generateKey(type)];

      const ring = ringOf(one, other);

      expect(ring.first.alg).to.equal(type === "EC" ? "ECDH-ES" : "dir");
      expect(one.kid).to.not.equal(other.kid);
      expect(one.kid?.length).to.be.at.most(12);
    });
  }

  it("seals with the public half only, so that the writer needs no more", async () => {
    const key = await generateKey("EC");

    const encrypting = await ringOf(key).first.encrypting();

    expect(encrypting.type).to.equal("public");
  });
});

describe("a key ring that cannot be used", () => {
  const k = "c2hhcmVkLXNlY3JldC1rZXktbWF0ZXJpYWwtMDEyMzQ";
  const d = "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo";
  const ec = { kty: "EC", crv: "P-256", kid: "one", x: "AA", y: "AA", d };
  const faults: Readonly<Record<string, { ring: unknown; because: RegExp }>> = {
    "is no set": { ring: [ec], because: /JWK Set/ },
    "is null": { ring: null, because: /JWK Set/ },
    "is empty": { ring: { keys: [] }, because: /one key at least/ },
    "holds null": { ring: { keys: [null] }, because: /key 1: it has no kid/ },
    "holds a text": { ring: { keys: [d] }, because: /key 1: it has no kid/ },
    "holds a key without a kid": {
      ring: { keys: [ec, { ...ec, kid: undefined }] },
      because: /key 2: it has no kid/,
    },
    "holds a key with a kid of no text": {
      ring: { keys: [{ ...ec, kid: 7 }] },
      because: /key 1: it has no kid/,
    },
    "holds a key with a blank in its kid": {
      ring: { keys: [{ ...ec, kid: "my key" }] },
      because: /"my key": its kid must be/,
    },
    "holds a key whose kid a terminal would obey": {
      ring: { keys: [{ ...ec, kid: "\u001b[31mred" }] },
      because: /"\\u001b\[31mred": its kid must be/,
    },
    "holds a key whose kid is too long for an envelope": {
      ring: { keys: [{ ...ec, kid: "k".repeat(101) }] },
      because: /its kid must be 1 to 100/,
    },
    "holds two keys of one kid": { ring: { keys: [ec, ec] }, because: /"one" occurs twice/ },
    "holds a public half": {
      ring: { keys: [{ ...ec, d: undefined }] },
      because: /"one".*public half/,
    },
    "holds half a point": { ring: { keys: [{ ...ec, y: undefined }] }, because: /"one".*x or y/ },
    "holds a key of another curve": { ring: { keys: [{ ...ec, crv: "P-384" }] }, because: /P-256/ },
    "holds an RSA key": { ring: { keys: [{ kty: "RSA", kid: "rsa", d }] }, because: /"rsa".*kty/ },
    "holds a shared key of 128 bits": {
      ring: { keys: [{ kty: "oct", kid: "short", k: k.slice(0, 22) }] },
      because: /"short".*256 bits/,
    },
    "holds a shared key without its bits": {
      ring: { keys: [{ kty: "oct", kid: "none" }] },
      because: /"none".*256 bits/,
    },
  };

  for (const [what, { ring, because }] of Object.entries(faults)) {
    it(`because it ${what} says where and why, and shows no key`, () => {
      const error = faultOf(JSON.stringify(ring));

      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message).to.match(because).and.to.contain(SOURCE);
      expect(error.message).to.contain("keys generate");
      expect(error.message).to.not.contain(d).and.to.not.contain(k.slice(0, 22));
    });
  }

  it("because it is not valid JSON quotes nothing of it", () => {
    const error = faultOf(`{"keys": [{"d": "${d}"`);

    expect(error).to.be.instanceOf(ConfigError);
    expect(error.message).to.contain("not valid JSON").and.to.not.contain(d);
    expect(error.cause).to.equal(undefined);
  });

  it("because its numbers are no key says so when the key is used", async () => {
    const ring = ringOf(ec);
    const content = { kind: "password", value: new Secret("x") } as const;

    const error = await rejection(sealEnvelope(content, "job", ring));

    expect(error).to.be.instanceOf(ConfigError);
    expect(error.message).to.contain('"one"').and.to.not.contain(d);
  });

  it("because the halves of a key do not belong together says so when it decrypts", async () => {
    const [key, other] = [await generateKey("EC"), await generateKey("EC")];
    const ring = ringOf({ ...key, x: other.x, y: other.y });
    const content = { kind: "password", value: new Secret("x") } as const;
    const jwe = await sealEnvelope(content, "job", ring);

    expect(() => openEnvelope(jwe, "job", ring)).to.throw(ConfigError, `"${key.kid}"`);
  });
});

function faultOf(text: string): Error {
  try {
    parseKeyRing(new Secret(text), SOURCE);
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("the ring was expected to be unusable");
}

describe("preparing a ring", () => {
  it("names a key whose numbers are no key, before anything is decrypted with it", () => {
    const jwk = { kty: "EC", crv: "P-256", kid: "bent", x: "AAAA", y: "AAAA", d: "AAAA" };
    const ring = parseKeyRing(new Secret(JSON.stringify({ keys: [jwk] })), "ring.json");

    expect(() => ring.prepare()).to.throw(ConfigError, '"bent" cannot be imported');
  });
});
