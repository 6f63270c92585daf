// The Dockerfile is sound: by a linter's rules, and by ours.
import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import type { Copy, Instruction } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { DOCKERFILE, execForm, instructions, lastStage, words } from "../support/dockerfile.ts";
import { CHECKOUT } from "../support/documents.ts";

/** Arguments of all instructions with that keyword, in one stage or all. */
function all(keyword: string, stage = instructions()): string[] {
  return stage
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getArgumentsContent() ?? "");
}

function copies(stage: Instruction[]): { from: string | null; paths: string[] }[] {
  return stage
    .filter((instruction) => instruction.getKeyword() === "COPY")
    .map((instruction) => ({
      from: (instruction as Copy).getFromFlag()?.getValue() ?? null,
      paths: words(instruction),
    }));
}

describe("the Dockerfile", () => {
  it("passes the linter", () => {
    expect(validate(DOCKERFILE).map(({ message }) => message)).to.deep.equal([]);
    expect(validate(DOCKERFILE.replace("WORKDIR /src", "WORKDIRR /src"))).not.to.deep.equal([]);
  });

  it("pins each base by a tag that names a version", () => {
    const bases = all("ARG")
      .filter((argument) => /^(NODE|RUNTIME)=/.test(argument))
      .map((argument) => argument.split("=")[1] ?? "");

    expect(bases).to.have.length(2);
    for (const base of bases) expect(base).to.match(/^[a-z]+:\d+[\d.]*-[a-z-]+$/);
    for (const from of all("FROM")) expect(from).to.match(/^\$\{(NODE|RUNTIME)\}( AS \w+)?$/);
  });

  it("builds on a Node that the package allows", () => {
    const { engines } = JSON.parse(readFileSync(`${CHECKOUT}package.json`, "utf8")) as {
      engines: { node: string };
    };
    const [, least = ""] = /^>=(\d+)/.exec(engines.node) ?? [];
    const [, major = ""] = /^ARG NODE=node:(\d+)/m.exec(DOCKERFILE) ?? [];

    expect(Number(major)).to.be.at.least(Number(least));
  });

  it("installs exactly what the lock file names, and no install script runs", () => {
    const installs = all("RUN").filter((command) => command.includes("npm"));

    expect(installs).to.have.length(2);
    for (const command of installs) expect(command).to.match(/^npm ci .*--ignore-scripts/);
    expect(installs.filter((command) => command.includes("--omit=dev"))).to.have.length(1);
  });

  it("leaves in the image node, the build and the packages of run time, and nothing that builds", () => {
    const copied = copies(lastStage());

    expect(copied.map(({ from, paths }) => [from, ...paths.slice(0, -1)])).to.deep.equal([
      ["build", "/usr/local/bin/node"],
      ["build", "/src/commands"],
      ["packages", "/src/package.json"],
      ["packages", "/src/node_modules"],
      ["build", "/src/dist"],
    ]);
  });

  it("runs as a numbered user, one that root's files are not writable for", () => {
    const [user = ""] = all("USER", lastStage());

    expect(user).to.match(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
    expect(DOCKERFILE).not.to.match(/--chown|--chmod/);
  });

  it("starts node without a shell, so that signals reach it", () => {
    const [entrypoint] = lastStage().filter((one) => one.getKeyword() === "ENTRYPOINT");
    if (entrypoint === undefined) throw new Error("no ENTRYPOINT");

    expect(execForm(entrypoint)).to.deep.equal(["node", "/app/dist/bin/family-hub-jobs.js"]);
    expect(all("HEALTHCHECK")).to.deep.equal(["NONE"]);
  });

  it("labels the image with version and commit, given as arguments of the build", () => {
    const [label = ""] = all("LABEL", lastStage());

    expect(all("ARG", lastStage())).to.deep.equal(["VERSION=unknown", "COMMIT=unknown"]);
    expect(label)
      .to.include('org.opencontainers.image.version="${VERSION}"')
      .and.to.include('org.opencontainers.image.revision="${COMMIT}"');
  });

  it("shows how to build it as the version that package.json has", () => {
    const { version } = JSON.parse(readFileSync(`${CHECKOUT}package.json`, "utf8")) as {
      version: string;
    };

    expect(DOCKERFILE).to.include(`family-hub-jobs:${version}`);
    expect(DOCKERFILE).to.include(`VERSION=${version} `);
  });

  it("gets to see only files that there are, and everything it copies", () => {
    const lines = readFileSync(`${CHECKOUT}.dockerignore`, "utf8").split("\n");
    const seen = lines.flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []);
    const copied = copies(instructions())
      .filter(({ from }) => from === null)
      .flatMap(({ paths }) => paths.slice(0, -1));

    expect(lines).to.include("*");
    expect(new Set(copied)).to.deep.equal(new Set(seen));
    for (const path of seen) expect(existsSync(`${CHECKOUT}${path}`), path).to.equal(true);
  });
});
