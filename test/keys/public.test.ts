// keys public: what FamilyHub's API needs to encrypt, and nothing that decrypts.
import { expect } from "chai";
import type { JWK } from "jose";
import { generateKey } from "../../src/passwords/generate.ts";
import { runCli } from "../support/cli.ts";
import { ringEnv, unseal } from "../support/given-keys.ts";
import { ecdhJwe, type Jwk } from "../support/hand-made-jwe.ts";

const publicKeys = (keys: readonly object[], ...args: string[]) =>
  runCli(["keys", "public", ...args], ringEnv(...keys));

/** Members and their order as the command prints them. */
function publicHalf({ kty, crv, x, y, kid }: JWK): object {
  return { kty, crv, x, y, kid, use: "enc", alg: "ECDH-ES" };
}

describe("keys public", () => {
  it("prints a JWK Set with the public half of the first key, and needs no other setting", async () => {
    const keys = [await generateKey("EC"), await generateKey("EC"), await generateKey("oct")];

    const { code, stdout, stderr } = await publicKeys(keys);

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).to.deep.equal({ keys: [publicHalf(keys[0] ?? {})] });
    expect(stdout).to.match(/^\{\n {2}"keys"/);
  });

  it("prints every EC key with --all, and says which shared ones it left out", async () => {
    const keys = [await generateKey("EC"), await generateKey("oct"), await generateKey("EC")];

    const { code, stdout, stderr } = await publicKeys(keys, "--all");
    const quiet = await publicKeys(keys, "--all", "-q", "--json");

    expect(code).to.equal(0);
    const expected = { keys: [publicHalf(keys[0] ?? {}), publicHalf(keys[2] ?? {})] };
    expect(JSON.parse(stdout)).to.deep.equal(expected);
    expect(stderr).to.include(keys[1]?.kid).and.to.include("left out");
    expect(quiet).to.deep.equal({ code: 0, stdout: `${JSON.stringify(expected)}\n`, stderr: "" });
  });

  it("prints no private member, whatever the keys carry", async () => {
    const [ec, oct] = [await generateKey("EC"), await generateKey("oct")];

    const { stdout, stderr } = await publicKeys([{ ...ec, note: "mine" }, oct], "--all");

    for (const secret of [ec.d, oct.k, "mine"]) {
      expect(stdout + stderr).not.to.include(secret ?? "nothing");
    }
  });

  it("prints a key under which a writer seals what the ring opens", async () => {
    const key = await generateKey("EC");

    const { stdout } = await publicKeys([key]);
    const [half] = (JSON.parse(stdout) as { keys: Jwk[] }).keys;
    const jwe = ecdhJwe(half as Jwk, { jid: "a-job" }, "Aa1!by_the_api");

    expect(await unseal(jwe, "a-job", [key])).to.include({ password: "Aa1!by_the_api" });
  });

  it("ends with 78 for a ring led by a shared key, also with --all, and says what to do", async () => {
    const keys = [await generateKey("oct"), await generateKey("EC")];

    for (const args of [[], ["--all"]]) {
      const { code, stdout, stderr } = await publicKeys(keys, ...args);

      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
      expect(stderr).to.include(`"${keys[0]?.kid}"`).and.to.include("no public half");
      expect(stderr).to.include("keys generate --type EC --from");
    }
  });

  it("hands out no public half that does not belong to the private one", async () => {
    const [key, other] = [await generateKey("EC"), await generateKey("EC")];

    const { code, stdout } = await publicKeys([{ ...key, x: other.x, y: other.y }]);

    expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
  });

  it("ends with 78 without a ring", async () => {
    const { code, stdout, stderr } = await runCli(["keys", "public"]);

    expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
    expect(stderr).to.include("PASSWORD_KEYS_FILE is not set");
  });
});
