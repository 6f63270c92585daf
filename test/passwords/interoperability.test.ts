// Envelopes that other implementations make, as FamilyHub's API does in .NET.
import { createPrivateKey, createPublicKey, randomUUID } from "node:crypto";
import { expect } from "chai";
import jose from "node-jose";
import { openEnvelope } from "../../src/passwords/open-envelope.ts";
import { sealEnvelope } from "../../src/passwords/seal-envelope.ts";
import { Secret } from "../../src/secret.ts";
import { givenRing, KEY_TYPES } from "../support/given-ring.ts";
import { agreement, concatKdf, directJwe, ecdhJwe } from "../support/hand-made-jwe.ts";

const PASSWORD = "Pässwörd 1!";

for (const type of KEY_TYPES) {
  describe(`a second implementation of JOSE, with a key of type ${type}`, () => {
    const alg = type === "EC" ? "ECDH-ES" : "dir";

    it("makes an envelope that opens", async () => {
      const { key, ring } = await givenRing(type);
      const jobId = randomUUID();
      const { kty, crv, x, y, k, kid } = key;
      const publicHalf = type === "EC" ? { kty, crv, x, y, kid } : { kty, k, kid };
      const recipient = await jose.JWK.asKey(publicHalf);
      const fields = { alg, kid, jid: jobId };
      const jwe = await jose.JWE.createEncrypt(
        { format: "compact", contentAlg: "A256GCM", fields },
        recipient,
      )
        .update(Buffer.from(PASSWORD))
        .final();

      const result = openEnvelope(String(jwe), jobId, ring);

      expect(result).to.have.nested.property("content.kind", "password");
      expect(result.kind === "opened" && result.content.value.reveal()).to.equal(PASSWORD);
    });

    it("opens an envelope of ours", async () => {
      const { key, ring } = await givenRing(type);
      const jobId = randomUUID();
      const { use: _use, alg: _alg, ...rest } = key as Record<string, unknown>;
      const recipient = await jose.JWK.asKey(rest);

      const jwe = await sealEnvelope(
        { kind: "password", value: new Secret(PASSWORD) },
        jobId,
        ring,
      );

      const opened = await jose.JWE.createDecrypt(recipient).decrypt(jwe);
      expect(opened.plaintext.toString("utf8")).to.equal(PASSWORD);
      expect(opened.header).to.include({ alg, enc: "A256GCM", kid: key.kid, jid: jobId });
    });
  });
}

describe("an envelope made by the letter of the RFCs", () => {
  it("agrees on the key of RFC 7518, appendix C", () => {
    const alice = createPrivateKey({ key: ALICE, format: "jwk" });
    const bob = createPublicKey({ key: BOB, format: "jwk" });

    const derived = concatKdf(agreement(alice, bob), 128, {
      algorithm: "A128GCM",
      apu: "QWxpY2U",
      apv: "Qm9i",
    });

    expect(derived.toString("base64url")).to.equal("VqqN6vgjbSBcIijNcacQGg");
  });

  it("opens by ECDH-ES, also where the parties are named", async () => {
    const { key, ring } = await givenRing("EC");
    const jobId = randomUUID();
    const jwe = ecdhJwe(key, { jid: jobId, apu: "QWxpY2U", apv: "Qm9i" }, PASSWORD);

    const result = openEnvelope(jwe, jobId, ring);

    expect(result.kind === "opened" && result.content.value.reveal()).to.equal(PASSWORD);
  });

  it("opens by a shared key", async () => {
    const { key, ring } = await givenRing("oct");
    const jobId = randomUUID();
    const jwe = directJwe(key, { jid: jobId, typ: "pwhash" }, "$2b$12$hash");

    const result = openEnvelope(jwe, jobId, ring);

    expect(result).to.have.nested.property("content.kind", "hash");
    expect(result.kind === "opened" && result.content.value.reveal()).to.equal("$2b$12$hash");
  });
});

const ALICE = {
  kty: "EC",
  crv: "P-256",
  x: "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0",
  y: "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
  d: "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo",
};

const BOB = {
  kty: "EC",
  crv: "P-256",
  x: "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ",
  y: "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
};
