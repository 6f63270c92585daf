// What opens an envelope, against the vectors of RFC 7518 and of Wycheproof.
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { decryptA256Gcm } from "../../src/passwords/a256gcm.ts";
import { agreeOnSecret, concatKdf, importPrivateKey } from "../../src/passwords/ecdh-es.ts";

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid";
}

interface Agreement extends Vector {
  readonly public: object;
  readonly private: { readonly x: string; readonly y: string; readonly d: string };
  readonly shared: string;
}

interface Gcm extends Vector {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
}

describe("the example of RFC 7518, appendix C", () => {
  it("leads Bob from Alice's ephemeral key to the content key that is printed there", () => {
    const secret = agreeOnSecret(importPrivateKey(BOB), ALICE_EPHEMERAL);

    const key = concatKdf(secret, {
      ...{ algorithm: "A128GCM", bits: 128 },
      ...{ apu: Buffer.from("Alice"), apv: Buffer.from("Bob") },
    });

    expect([...secret.subarray(0, 4)]).to.deep.equal([158, 86, 217, 29]);
    expect(key.toString("base64url")).to.equal("VqqN6vgjbSBcIijNcacQGg");
  });
});

describe("Wycheproof's vectors", () => {
  it("of ECDH over P-256: agrees on the valid secrets, and on none with what is no point of the curve", () => {
    const vectors = read<Agreement>("ecdh-p256.json");

    const wrong = vectors.filter((vector) => {
      const secret = orRefused(() =>
        agreeOnSecret(importPrivateKey(vector.private), vector.public),
      );
      return secret !== (vector.result === "valid" ? vector.shared : "refused");
    });

    expect(wrong).to.deep.equal([]);
    expect(counted(vectors)).to.deep.equal({ valid: 150, invalid: 23 });
  });

  it("of AES-256-GCM: decrypts the valid ones whose IV is a JWE's, and nothing else", () => {
    const vectors = read<Gcm>("a256gcm.json");
    const bytes = (hex: string) => Buffer.from(hex, "hex");

    const wrong = vectors.filter(({ key, iv, aad, msg, ct, tag, result }) => {
      const sealed = { iv: bytes(iv), ciphertext: bytes(ct), tag: bytes(tag), aad: bytes(aad) };
      const text = orRefused(() => decryptA256Gcm(bytes(key), sealed));
      return text !== (result === "valid" && iv.length === 24 ? msg : "refused");
    });

    expect(wrong).to.deep.equal([]);
    expect(counted(vectors)).to.deep.equal({ valid: 76, invalid: 29 });
  });

  it("of AES-256-GCM, with a tag that was cut, are refused: GCM itself would take four bytes", () => {
    const valid = read<Gcm>("a256gcm.json").filter(({ result }) => result === "valid");
    const bytes = (hex: string) => Buffer.from(hex, "hex");

    const opened = valid.flatMap(({ key, iv, aad, ct, tag }) =>
      [4, 8, 12, 15].filter((length) => {
        const cut = bytes(tag).subarray(0, length);
        const sealed = { iv: bytes(iv), ciphertext: bytes(ct), tag: cut, aad: bytes(aad) };
        return orRefused(() => decryptA256Gcm(bytes(key), sealed)) !== "refused";
      }),
    );

    expect(opened).to.deep.equal([]);
  });
});

function read<T>(file: string): T[] {
  return JSON.parse(readFileSync(new URL(`wycheproof/${file}`, import.meta.url), "utf8")) as T[];
}

function orRefused(decrypt: () => Buffer): string {
  try {
    return decrypt().toString("hex");
  } catch {
    return "refused";
  }
}

function counted(vectors: readonly Vector[]) {
  const valid = vectors.filter(({ result }) => result === "valid").length;
  return { valid, invalid: vectors.length - valid };
}

const ALICE_EPHEMERAL = {
  kty: "EC",
  crv: "P-256",
  x: "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
  y: "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
};

const BOB = {
  x: "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
  y: "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
  d: "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw",
};
