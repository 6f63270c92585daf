// A stream that is written to: no failure of any kind is thrown, each is counted and explained.
import { expect } from "chai";
import { constants } from "node:os";
import { mainWith } from "../support/call-main.ts";
import { createOutput, lossText } from "../../src/terminal/output.ts";
import { silentRuntime } from "../support/program.ts";

type Code = "ENOSPC" | "EIO" | "EPIPE" | "EAGAIN" | "ECONNRESET";

function failure(code: Code): Error {
  return Object.assign(new Error(`${code}: …, write`), { code, errno: -constants.errno[code] });
}

const LEFT = "its reader closed it";
const MEANINGS: Readonly<Record<Code, string>> = {
  ENOSPC: "no space left on device (ENOSPC)",
  EIO: "i/o error (EIO)",
  EAGAIN: "resource temporarily unavailable (EAGAIN)",
  EPIPE: LEFT,
  ECONNRESET: LEFT,
};
const CODES = Object.keys(MEANINGS) as Code[];

/** How a stream can fail: at once as a file does, or later as a pipe does. */
const FAILURES = {
  "at once": (why: Error) => {
    throw why;
  },
  later: (why: Error) => Promise.reject(why),
};

for (const [when, fail] of Object.entries(FAILURES)) {
  describe(`an output stream that fails ${when}`, () => {
    for (const code of CODES) {
      it(`counts the lines, says what happened and throws nothing: ${code}`, async () => {
        const output = createOutput({ write: () => fail(failure(code)) });

        output.write("one\ntwo\n");
        output.write("");
        output.write("a prompt");
        const lost = await output.settled();

        expect(lost.lines).to.equal(3);
        expect(lossText("stderr", lost)).to.equal(
          `3 lines could not be written to stderr: ${MEANINGS[code]}`,
        );
        expect(output.failed.aborted).to.equal(true);
      });

      it(`makes a successful command end with ${MEANINGS[code] === LEFT ? 0 : 74}: ${code}`, async () => {
        let stderr = "";

        const exit = await mainWith(
          ["--version"],
          {},
          {
            ...silentRuntime,
            stdout: { write: () => fail(failure(code)) },
            stderr: { write: (text) => (stderr += text) },
          },
        );

        const fault = MEANINGS[code] !== LEFT;
        expect(exit).to.equal(fault ? 74 : 0);
        expect(stderr).to.equal(
          fault
            ? `family-hub-jobs: 1 line could not be written to stdout: ${MEANINGS[code]}. Check the disk or device behind it.\n`
            : "",
        );
      });
    }
  });
}

describe("an output stream", () => {
  it("has lost nothing where all was taken, or nothing was written", async () => {
    const taken: string[] = [];
    const output = createOutput({ write: (text) => taken.push(text) });

    output.write("one\n");
    output.write("");

    expect(await output.settled()).to.deep.equal({ lines: 0, fault: null });
    expect(output.failed.aborted).to.equal(false);
    expect(taken).to.deep.equal(["one\n"]);
  });

  it("keeps the fault when the reader closes later", async () => {
    const codes: Code[] = ["ENOSPC", "EPIPE"];
    const output = createOutput({ write: () => Promise.reject(failure(codes.shift() ?? "EIO")) });

    output.write("one\n");
    output.write("two\n");

    expect(await output.settled()).to.deep.equal({ lines: 2, fault: MEANINGS.ENOSPC });
  });
});

describe("a log that is lost while somebody looks on", () => {
  it("is reported on the terminal that the answer goes to", async () => {
    let stdout = "";

    const exit = await mainWith(
      ["queue", "lost"],
      {},
      {
        ...silentRuntime,
        stdout: { isTTY: true, write: (text) => (stdout += text) },
        stderr: { write: () => FAILURES["at once"](failure("ENOSPC")) },
      },
    );

    expect(exit).to.equal(64);
    expect(stdout).to.match(/^family-hub-jobs: \d+ lines could not be written to stderr: no space/);
  });
});
