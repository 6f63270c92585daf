// An error that nobody foresaw, thrown where nobody waits for it.
import { expect } from "chai";
import { runCli } from "../support/cli.ts";
import { FULL, printingTo } from "../support/printing-to.ts";

const MESSAGE = "the password is Unforeseen-7";

/** As soon as the tool listens for what nobody catches. */
const soon = (act: string) =>
  `const t=setInterval(()=>{if(process.listenerCount('uncaughtException')){clearInterval(t);${act}}},1)`;

describe("a bug in a place where nobody waits", () => {
  for (const [where, code] of [
    ["a timer", soon(`throw new TypeError(process.env.MESSAGE)`)],
    ["a promise", soon(`void Promise.reject(new TypeError(process.env.MESSAGE))`)],
  ] as const) {
    it(`ends with 70 and its frames, without its message: ${where}`, async () => {
      const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(code)}`;

      const { code: exit, stderr } = await runCli(["keys", "generate"], { NODE_OPTIONS, MESSAGE });

      expect(exit, stderr).to.equal(70);
      expect(stderr).to.match(/a bug in the tool \(TypeError\)[^]*\n +at /);
      expect(stderr).not.to.contain("Unforeseen");
    });

    it(`ends with 70 also where nothing can be said of it: ${where}`, async () => {
      const NODE_OPTIONS = `--import data:text/javascript,${encodeURIComponent(code)}`;

      const { code: exit } = await printingTo({ stderr: FULL }, ["keys", "generate"], {
        ...{ NODE_OPTIONS, MESSAGE },
      });

      expect(exit).to.equal(70);
    });
  }
});
