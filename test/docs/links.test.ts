// Links among the project's documents lead to files, and to headings, that there are.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { CHECKOUT, DOCUMENTS } from "../support/documents.ts";

const PAGES = [...DOCUMENTS, "deploy/kubernetes/README.md"];

interface Link {
  readonly page: string;
  readonly target: string;
}

function linksOf(page: string, text = prose(page)): Link[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => ({ page, target }))
    .filter(({ target }) => !/^(https?|mailto):/.test(target));
}

/** Without blocks and inline code. */
function prose(page: string): string {
  return readFileSync(`${CHECKOUT}${page}`, "utf8")
    .replace(/^ *```[^]*?^ *```$/gm, "")
    .replace(/`[^`]*`/g, (code) => code.replace(/[[\]()]/g, ""));
}

/** As forges make them from headings. */
function anchors(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function isDead({ page, target }: Link): boolean {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : join(dirname(page), path);
  if (!existsSync(`${CHECKOUT}${file}`)) return true;
  return anchor !== undefined && !anchors(file).includes(anchor);
}

describe("the links in the documents", () => {
  it("lead to files and headings that there are", () => {
    const links = PAGES.flatMap((page) => linksOf(page));

    expect(links).to.have.length.above(40);
    expect(links.filter(isDead)).to.deep.equal([]);
  });

  it("would be noticed if they were broken", () => {
    const [file, heading, alive] = linksOf(
      "docs/runbook.md",
      "[a](missing.md) [b](reference.md#missing) [c](reference.md#exit-codes)",
    ).map(isDead);

    expect({ file, heading, alive }).to.deep.equal({ file: true, heading: true, alive: false });
  });

  it("lead from README.md to every page of docs", () => {
    const reached = linksOf("README.md").map(({ target }) => target.split("#")[0]);
    const pages = DOCUMENTS.filter((page) => /^docs\/[\w-]+\.md$/.test(page));

    expect(pages.filter((page) => !reached.includes(page))).to.deep.equal([]);
  });
});
