// The command that a page's end gives for the next one.
import { expect } from "chai";
import { nextPageCommand } from "../../src/terminal/next-page.ts";

describe("the command for the next page", () => {
  const next = (...typed: string[]) => nextPageCommand(typed, "abc_-");

  it("is what was typed, with the new cursor in place of the old one", () => {
    const command = "family-hub-jobs queue list --status failed --cursor abc_-";
    const typed = ["queue", "list", "--status", "failed"];

    expect(next(...typed)).to.equal(command);
    expect(next(...typed, "--cursor", "old")).to.equal(command);
    expect(next("queue", "list", "--cursor=old", "--status", "failed")).to.equal(command);
  });

  it("is ready for a shell, whatever was searched for", () => {
    expect(next("queue", "list", "--search", "it's $HOME *")).to.equal(
      "family-hub-jobs queue list --search 'it'\\''s $HOME *' --cursor abc_-",
    );
    expect(next("queue", "list", "--search", "\u001b[2J")).to.include("--search ' [2J'");
  });
});
