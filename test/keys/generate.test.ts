// keys generate: a ring with one new key, or a new key in front of the ring there is.
import { expect } from "chai";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCli } from "../support/cli.ts";
import { generateKey } from "../../src/passwords/generate.ts";

interface Ring {
  readonly keys: readonly Readonly<Record<string, string>>[];
}

describe("keys generate", () => {
  let folder: string;
  before(async () => (folder = await mkdtemp(join(tmpdir(), "family-hub-rings-"))));
  after(() => rm(folder, { recursive: true, force: true }));

  const generate = (...args: string[]) => runCli(["keys", "generate", ...args]);
  const readRing = async (path: string) => JSON.parse(await readFile(path, "utf8")) as Ring;

  async function givenRingFile(name: string, content: unknown): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  }

  it("prints a ring with one EC key, or one shared key, without any setting", async () => {
    const [ec, oct] = await Promise.all([generate(), generate("--type", "oct")]);

    expect([ec.code, oct.code, ec.stderr, oct.stderr]).to.deep.equal([0, 0, "", ""]);
    const [first] = (JSON.parse(ec.stdout) as Ring).keys;
    const [second] = (JSON.parse(oct.stdout) as Ring).keys;
    expect(first).to.include({ kty: "EC", crv: "P-256", use: "enc", alg: "ECDH-ES" });
    expect(first).to.have.all.keys("kty", "crv", "x", "y", "d", "kid", "use", "alg");
    expect(second).to.include({ kty: "oct", use: "enc", alg: "dir" });
  });

  it("writes a file that only its owner may read, and never over another", async () => {
    const path = join(folder, "new.json");

    const first = await generate("--out", path);
    const before = await readFile(path, "utf8");
    const second = await generate("--out", path);

    expect(first.code).to.equal(0);
    expect(first.stdout).to.match(/^wrote key "[\w-]{8}" to .*new\.json\n$/);
    expect(first.stderr).to.equal(
      `To undo: delete ${path}, unless a password was encrypted with its first key\n`,
    );
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect(second).to.include({ code: 64, stdout: "" });
    expect(second.stderr).to.include(path).and.to.include("it exists");
    expect(await readFile(path, "utf8")).to.equal(before);
  });

  it("with --from begins a rotation: a new key first, then the old ones, untouched and in order", async () => {
    const old = [
      { ...(await generateKey("EC")), key_ops: ["deriveBits"] },
      await generateKey("oct"),
      await generateKey("EC"),
    ];
    const from = await givenRingFile("ring.json", { keys: old });
    const out = join(folder, "next.json");

    const { code, stdout } = await generate("--from", from, "--out", out);

    expect(code).to.equal(0);
    const { keys } = await readRing(out);
    expect(keys).to.have.length(4);
    expect(keys.slice(1)).to.deep.equal(old);
    expect(old.map(({ kid }) => kid)).not.to.include(keys[0]?.["kid"]);
    expect(stdout).to.equal(
      `wrote key "${keys[0]?.["kid"]}" to ${out}, before the keys of ${from}\n`,
    );
    expect((await stat(out)).mode & 0o777).to.equal(0o600);
    expect(await readRing(from)).to.deep.equal({ keys: old });
  });

  it("with --from prints the ring where no file is named, and says kid and file as JSON where one is", async () => {
    const old = await generateKey("oct");
    const from = await givenRingFile("shared.json", { keys: [old] });
    const out = join(folder, "said.json");

    const printed = await generate("--from", from, "--type", "oct");
    const written = await generate("--from", from, "--out", out, "--json");

    const { keys } = JSON.parse(printed.stdout) as Ring;
    expect(keys[0]).to.include({ kty: "oct" });
    expect(keys[1]).to.deep.equal(old);
    const [first] = (await readRing(out)).keys;
    expect(JSON.parse(written.stdout)).to.deep.equal({ kid: first?.["kid"], file: out });
  });

  it("with --from never writes over the ring it reads", async () => {
    const from = await givenRingFile("kept.json", { keys: [await generateKey("EC")] });
    const before = await readFile(from, "utf8");

    const { code } = await generate("--from", from, "--out", from);

    expect(code).to.equal(64);
    expect(await readFile(from, "utf8")).to.equal(before);
  });

  it("with --from refuses what is no ring, names the file and writes nothing", async () => {
    const { d: _, ...publicHalf } = await generateKey("EC");
    const wrong = {
      "text.json": "d: secret",
      "empty.json": { keys: [] },
      "public.json": { keys: [publicHalf] },
      "key.json": await generateKey("oct"),
    };
    const out = join(folder, "never.json");

    for (const [name, content] of Object.entries(wrong)) {
      const from = await givenRingFile(name, content);

      const { code, stdout, stderr } = await generate("--from", from, "--out", out);

      expect({ name, code, stdout }).to.deep.equal({ name, code: 78, stdout: "" });
      expect(stderr).to.include(from).and.not.to.include("secret");
    }
    const absent = await generate("--from", join(folder, "absent.json"), "--out", out);
    expect(absent).to.include({ code: 64, stdout: "" });
    expect(absent.stderr).to.include("absent.json").and.to.include("ENOENT");
    expect(await stat(out).catch(() => null)).to.equal(null);
  });
});
