// What help looks like on terminals of several widths.
import { expect } from "chai";
import { atTerminalOf } from "../support/at-terminal.ts";

describe("the screen of help", () => {
  it("breaks its lines at 60 columns, where an example to be copied stays in one piece", async () => {
    const { text } = await atTerminalOf({ columns: 60 }, ["queue", "show", "--help"], {});

    expect(text).to.equal(
      `
Show one job in detail: why it is not running, what comes
next, its history.

Examples:
  # why is it not running? what happened to it?
  family-hub-jobs queue show 3f0c6c1e-9a4d-4c1b-8e52-6f0d7a1
b2c3d
  # the job with this username
  family-hub-jobs queue show kim_s
  # as JSON, for a program
  family-hub-jobs queue show --json 3f0c6c1e-9a4d-4c1b-8e52-
6f0d7a1b2c3d

Usage: family-hub-jobs queue show [options] <id>

Arguments:
  id                     job ID (or its start) or username

Options:
  -o, --output <format>  output format (text, json)
  --json                 same as -o json
  -v, --verbose          print more detail
  -q, --quiet            print only warnings and errors
  -h, --help             print this help`.slice(1),
    );
  });

  it("breaks its lines at 80 columns", async () => {
    const { text } = await atTerminalOf({ columns: 80 }, ["queue", "show", "--help"], {});

    expect(text).to.equal(
      `
Show one job in detail: why it is not running, what comes next, its history.

Examples:
  # why is it not running? what happened to it?
  family-hub-jobs queue show 3f0c6c1e-9a4d-4c1b-8e52-6f0d7a1b2c3d
  # the job with this username
  family-hub-jobs queue show kim_s
  # as JSON, for a program
  family-hub-jobs queue show --json 3f0c6c1e-9a4d-4c1b-8e52-6f0d7a1b2c3d

Usage: family-hub-jobs queue show [options] <id>

Arguments:
  id                     job ID (or its start) or username

Options:
  -o, --output <format>  output format (text, json)
  --json                 same as -o json
  -v, --verbose          print more detail
  -q, --quiet            print only warnings and errors
  -h, --help             print this help`.slice(1),
    );
  });

  for (const columns of [80, 200]) {
    it(`of all commands, and of the one with most flags, fits ${columns} columns`, async () => {
      const size = { columns, rows: 200 };
      const helps = await Promise.all(
        [[], ["queue", "list"], ["retry-accounts"]].map((command) =>
          atTerminalOf(size, [...command, "--help"], {}),
        ),
      );

      const broken = helps.filter((help) => help.overflows()).map(({ text }) => text);
      expect(broken).to.deep.equal([]);
    });
  }
});
