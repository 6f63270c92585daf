// docs/enqueueing.md: its numbers, step by step, and its statement on every variant of the table.
import {
  createCipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  randomUUID,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { openEnvelope } from "../../src/passwords/open-envelope.ts";
import { parseKeyRing } from "../../src/passwords/key-ring.ts";
import { Secret } from "../../src/secret.ts";
import { VARIANTS } from "../support/family-hub-schemas.ts";
import { givenFamily, readJob, sealForTest } from "../support/given.ts";
import { agreement, b64, type Jwk } from "../support/hand-made-jwe.ts";
import { setScene } from "../support/scene.ts";

const DOC = readFileSync(new URL("../../docs/enqueueing.md", import.meta.url), "utf8");

/** The fenced block with that info string. */
function block(info: string): string {
  const [, text] = new RegExp(`^\`\`\`${info}\\n([^]*?)\\n\`\`\`$`, "m").exec(DOC) ?? [];
  if (text === undefined) throw new Error(`no block "${info}" in the document`);
  return text;
}

/** The value of a step of the worked example. */
function step(name: string): string {
  const [, value] = new RegExp(`^\\| ${name} +\\| \`(.*?)\``, "m").exec(DOC) ?? [];
  if (value === undefined) throw new Error(`no step "${name}" in the document`);
  return value;
}

describe("the worked example of docs/enqueueing.md", () => {
  const ring = block("json ring");
  const [recipient] = (JSON.parse(ring) as { keys: [Jwk] }).keys;
  const ephemeral = JSON.parse(block("json ephemeral")) as Jwk;
  const header = block("text header");

  it("agrees on its shared secret and derives its key, as the C# does", () => {
    const { kty, crv, x, y } = recipient;
    const z = agreement(
      createPrivateKey({ key: ephemeral, format: "jwk" }),
      createPublicKey({ key: { kty, crv, x, y } as Jwk, format: "jwk" }),
    );
    // DeriveKeyFromHash(…, SHA256, prepend, append) hashes prepend, secret and append.
    const prepend = Buffer.from([0, 0, 0, 1]);
    const append = Buffer.concat([
      Buffer.from([0, 0, 0, 7]),
      Buffer.from("A256GCM"),
      Buffer.from([0, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from([0, 0, 1, 0]),
    ]);

    const key = createHash("sha256").update(prepend).update(z).update(append).digest();

    expect(z.toString("hex")).to.equal(step("shared secret Z, hex"));
    expect(key.toString("hex")).to.equal(step("key after the Concat KDF, hex"));
  });

  it("encrypts to its envelope", () => {
    const iv = Buffer.from(step("IV, hex"), "hex");
    const key = Buffer.from(step("key after the Concat KDF, hex"), "hex");

    const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(b64(header)));
    const sealed = Buffer.concat([cipher.update(step("password")), cipher.final()]);
    const parts = [b64(header), "", b64(iv), b64(sealed), b64(cipher.getAuthTag())];

    expect(parts.join(".")).to.equal(block("text envelope"));
    expect(JSON.parse(header)).to.deep.include({
      ...{ kid: recipient.kid, jid: step("job id") },
      epk: { kty: "EC", crv: "P-256", x: ephemeral.x, y: ephemeral.y },
    });
  });

  it("opens for its job, and for no other", async () => {
    const keys = parseKeyRing(new Secret(ring), "the document's ring");

    const own = openEnvelope(block("text envelope"), step("job id"), keys);
    const other = openEnvelope(block("text envelope"), randomUUID(), keys);

    expect(own.kind === "opened" && own.content.value.reveal()).to.equal(step("password"));
    expect(other.kind).to.equal("undecryptable");
  });
});

for (const variant of VARIANTS) {
  describe(`the insert of docs/enqueueing.md, variant ${variant}`, () => {
    const scene = setScene(variant);

    it("makes a job that the next run completes, with its password", async () => {
      const [id, familyId, password] = [
        randomUUID(),
        await givenFamily(scene.db),
        "Correct-Horse-7",
      ];
      const envelope = await sealForTest(password, id);

      const values = [id, familyId, "kim_doc", "Kim Smith", envelope, randomUUID()];
      await scene.db.query(block("sql"), values);
      const { report } = await scene.retry();

      expect(report).to.include({ due: 1, created: 1 });
      expect((await readJob(scene.db, id)).encryptedPassword).to.equal("");
      const [account] = await scene.zitadel.control.listUsers();
      expect(account).to.deep.include({ userId: id, username: "kim_doc", password });
    });
  });
}
