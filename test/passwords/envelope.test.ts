// The password envelope: what opens, and what is refused for which reason.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { ENVELOPE_LENGTH } from "../../src/passwords/envelope.ts";
import { openEnvelope, type OpenResult } from "../../src/passwords/open-envelope.ts";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { Secret } from "../../src/secret.ts";
import { givenRing, KEY_TYPES, ringOf, type GivenRing } from "../support/given-ring.ts";
import { b64, directJwe, ecdhJwe } from "../support/hand-made-jwe.ts";

const JOB = "3f0c1d2e-4b5a-4c6d-8e7f-9a0b1c2d3e4f";
const PASSWORD = "Pässwörd 1!";
const BCRYPT_HASH = `$2b$12$${"a".repeat(53)}`;

for (const type of KEY_TYPES) {
  describe(`an envelope under a key of type ${type}`, () => {
    let given: GivenRing;
    const make = (header: object, payload: string | Uint8Array = PASSWORD) =>
      (type === "EC" ? ecdhJwe : directJwe)(given.key, { jid: JOB, ...header }, payload);
    const open = (jwe: string, jobId = JOB) => openEnvelope(jwe, jobId, given.ring);
    const reason = (jwe: string) => {
      const result = open(jwe);
      return result.kind === "undecryptable" ? result.reason : result.kind;
    };

    before(async () => {
      given = await givenRing(type);
    });

    it("opens to the password that was sealed", async () => {
      const content = { kind: "password", value: new Secret(PASSWORD) } as const;
      const jwe = await sealEnvelope(content, JOB, given.ring);

      const result = open(jwe);

      expect(revealed(result)).to.deep.equal(["password", PASSWORD]);
    });

    it("opens to a hash where its typ says so", async () => {
      const content = { kind: "hash", value: new Secret(BCRYPT_HASH) } as const;
      const jwe = await sealEnvelope(content, JOB, given.ring);

      const result = open(jwe);

      expect(revealed(result)).to.deep.equal(["hash", BCRYPT_HASH]);
    });

    it("opens to a hash however a library writes its typ, and to a password under a usual one", () => {
      const open = (typ: unknown) => {
        const result = openEnvelope(make({ typ }), JOB, given.ring);
        return result.kind === "opened" ? result.content.kind : JSON.stringify(result);
      };

      for (const typ of ["pwhash", "PWHASH", "application/pwhash"]) {
        expect(open(typ)).to.equal("hash");
      }
      for (const typ of ["JWE", "JOSE", "JWT"]) expect(open(typ)).to.equal("password");
      for (const typ of ["pwhash ", "hash", "", ["pwhash"], null]) {
        expect(open(typ)).to.match(/undecryptable.*typ/);
      }
    });

    it("fits its column with a bcrypt hash under a generated kid", async () => {
      const content = { kind: "hash", value: new Secret(BCRYPT_HASH) } as const;

      const jwe = await sealEnvelope(content, randomUUID(), given.ring);

      expect(jwe.length).to.be.at.most(ENVELOPE_LENGTH);
    });

    it("is another one each time the same password is sealed", async () => {
      const content = { kind: "password", value: new Secret(PASSWORD) } as const;

      const first = await sealEnvelope(content, JOB, given.ring);
      const second = await sealEnvelope(content, JOB, given.ring);

      expect(first).to.not.equal(second);
    });

    it("opens for the job in whatever case its id is written", () => {
      const result = open(make({ jid: JOB.toUpperCase() }));

      expect(result.kind).to.equal("opened");
    });

    it("keeps every character of the password, also those that look like a mark", () => {
      const result = open(make({}, "\uFEFF pass \u0000\n"));

      expect(revealed(result)).to.deep.equal(["password", "\uFEFF pass \u0000\n"]);
    });

    it("does not open for another job", () => {
      const result = open(make({}), randomUUID());

      expect(result).to.deep.include({
        kind: "undecryptable",
        reason: "it belongs to another job (jid)",
      });
    });

    it("does not open for another job whose id was written into its header", () => {
      const otherJob = randomUUID();
      const [header = "", ...parts] = make({}).split(".");
      const moved = Buffer.from(header, "base64url").toString().replace(JOB, otherJob);

      const result = open([b64(moved), ...parts].join("."), otherJob);

      expect(result.kind).to.equal("undecryptable");
    });

    const refusals: Readonly<Record<string, { header: object; because: RegExp }>> = {
      "no job": { header: { jid: undefined }, because: /\(jid\)/ },
      "a job that is no text": { header: { jid: 7 }, because: /\(jid\)/ },
      "no key": { header: { kid: undefined }, because: /\(kid\)/ },
      "an empty key": { header: { kid: "" }, because: /\(kid\)/ },
      "alg none": { header: { alg: "none" }, because: /alg/ },
      "alg RSA-OAEP": { header: { alg: "RSA-OAEP" }, because: /alg/ },
      "alg ECDH-ES+A256KW": { header: { alg: "ECDH-ES+A256KW" }, because: /alg/ },
      "no alg": { header: { alg: undefined }, because: /alg/ },
      "the alg of the other kind of key": {
        header: { alg: type === "EC" ? "dir" : "ECDH-ES" },
        because: /alg does not match/,
      },
      "enc A128GCM": { header: { enc: "A128GCM" }, because: /enc/ },
      "enc A256CBC-HS512": { header: { enc: "A256CBC-HS512" }, because: /enc/ },
      "no enc": { header: { enc: undefined }, because: /enc/ },
      compression: { header: { zip: "DEF" }, because: /compressed/ },
      "a critical extension": { header: { crit: ["exp"], exp: 1 }, because: /crit/ },
    };
    for (const [what, { header, because }] of Object.entries(refusals)) {
      it(`is refused when its header names ${what}, and says so`, () => {
        expect(reason(make(header))).to.match(because);
      });
    }

    it("waits for its key while the ring lacks it", () => {
      const result = open(make({ kid: "later" }));

      expect(result).to.deep.equal({ kind: "key-missing", kid: "later" });
    });

    it("opens under whichever key of the ring it names", async () => {
      const { key: newest } = await givenRing(type);

      const result = openEnvelope(make({}), JOB, ringOf(newest, given.key));

      expect(revealed(result)).to.deep.equal(["password", PASSWORD]);
    });

    it("does not open under another key of the same name", async () => {
      const { key: other } = await givenRing(type);

      const result = openEnvelope(make({}), JOB, ringOf({ ...other, kid: given.key.kid }));

      expect(result).to.have.property("reason").that.contains(given.key.kid);
    });

    for (const part of [0, 1, 2, 3, 4]) {
      it(`does not open when its part ${part + 1} was changed`, () => {
        const parts = make({}).split(".");
        parts[part] = part === 1 ? "AAAA" : changed(parts[part] ?? "");

        const result = open(parts.join("."));

        expect(result.kind).to.equal("undecryptable");
      });
    }

    it("does not open wherever it is cut off, and never throws", () => {
      const jwe = make({});
      const cuts = Array.from({ length: jwe.length }, (_, length) => jwe.slice(0, length));

      const results = cuts.map((cut) => open(cut));

      expect(new Set(results.map(({ kind }) => kind))).to.deep.equal(new Set(["undecryptable"]));
    });

    it("is refused when it holds nothing", () => {
      expect(reason(make({}, ""))).to.contain("empty");
    });

    it("is refused when it holds no UTF-8, which is no matter of its key", () => {
      expect(reason(make({}, Buffer.from([0xff, 0xfe, 0x41])))).to.contain("UTF-8");
    });
  });
}

function revealed(result: OpenResult): unknown {
  return result.kind === "opened" ? [result.content.kind, result.content.value.reveal()] : result;
}

/** Another first character, so that the bytes differ too. */
function changed(part: string): string {
  return (part.startsWith("A") ? "B" : "A") + part.slice(1);
}
