// `queue add` on a terminal asks for the password, and shows nothing of it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { BINARY } from "../support/cli.ts";
import { givenFamily } from "../support/given.ts";
import { setScene } from "../support/scene.ts";

const PASSWORD = "Typed-By-Hand-7";

describe("queue add on a terminal", () => {
  const scene = setScene();

  /** Answers each question as it comes, in a pseudo-terminal that util-linux' `script` makes. */
  async function answer(...answers: string[]): Promise<{ code: number; screen: string }> {
    const family = await givenFamily(scene.db);
    const flags = ["--username", "kim_typed", "--name", "'Kim Smith'", "--family", family];
    const command = [
      process.execPath,
      BINARY,
      "queue",
      "add",
      ...flags,
      "--created-by",
      randomUUID(),
    ];
    const child = spawn("script", ["-qec", command.join(" "), "/dev/null"], {
      env: { PATH: process.env["PATH"], ...scene.env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    let screen = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      screen += text;
      // Typed before the question, it would be shown by the terminal itself.
      if (/(Password|Again): $/.test(screen)) child.stdin.write(answers.shift() ?? "");
    });
    const [code] = (await once(child, "close")) as [number];
    return { code, screen };
  }

  it("asks twice, shows nothing of it, and the account has it", async () => {
    const { code, screen } = await answer(`${PASSWORD}\r`, `${PASSWORD}\r`);

    expect(code, screen).to.equal(0);
    expect(screen).to.match(
      /^Password: \r?\nAgain: \r?\n([0-9a-f-]{36})\r?\nTo undo: fhj queue cancel \1\r?\n$/,
    );
    expect((await scene.retry()).report).to.include({ created: 1 });
    const [account] = await scene.zitadel.control.listUsers();
    expect(account).to.include({ username: "kim_typed", password: PASSWORD });
  });

  it("deletes a wrong character", async () => {
    await answer(`${PASSWORD}xx\x7f\x7f\r`, `${PASSWORD}\r`);

    await scene.retry();
    const [account] = await scene.zitadel.control.listUsers();
    expect(account).to.include({ password: PASSWORD });
  });

  for (const [what, answers, exit, says] of [
    ["two that differ", [`${PASSWORD}\r`, "Typed-By-Hand-8\r"], 64, "differ"],
    ["an empty one", ["\r"], 64, "empty"],
    ["Ctrl-C", [`${PASSWORD}\x03`], 130, "Nothing was added"],
    ["the end of input", ["\x04"], 130, "Nothing was added"],
  ] as const) {
    it(`adds nothing after ${what}, with exit ${exit}`, async () => {
      const { code, screen } = await answer(...answers);

      expect({ code, screen }).to.have.property("code", exit);
      expect(screen).to.contain(says).and.not.to.contain("Typed-By-Hand");
      const jobs = await scene.db.query("select 1 from auth.queued_managed_account_creations");
      expect(jobs).to.deep.equal([]);
    });
  }
});
