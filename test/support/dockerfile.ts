// deploy/docker/Dockerfile, read and carried out without Docker: its COPY and RUN steps, in folders.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DockerfileParser, type Copy, type Instruction } from "dockerfile-ast";
import { CHECKOUT } from "./documents.ts";

export const DOCKERFILE = readFileSync(`${CHECKOUT}deploy/docker/Dockerfile`, "utf8");

export interface Image {
  /** Holds what the last stage copied; the base's own files are not there. */
  readonly root: string;
  readonly workdir: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  /** RUN steps of the last stage: to be carried out in the image. */
  readonly checks: readonly (readonly string[])[];
}

interface Stage {
  readonly root: string;
  workdir: string;
}

export function instructions(): Instruction[] {
  return DockerfileParser.parse(DOCKERFILE).getInstructions();
}

export function words(instruction: Instruction): string[] {
  return instruction.getArguments().map((argument) => argument.getValue());
}

/** Words of the exec form. */
export function execForm(instruction: Instruction): string[] {
  return JSON.parse(instruction.getArgumentsContent() ?? "") as string[];
}

export function lastStage(): Instruction[] {
  const all = instructions();
  return all.slice(all.findLastIndex((instruction) => instruction.getKeyword() === "FROM"));
}

/** As `--build-arg COMMIT` would say it. */
export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** @throws with what a step printed when it fails */
export function buildImage(folder: string): Image {
  const stages = new Map<string, Stage>();
  const last = lastStage();
  let stage: Stage = { root: "", workdir: "/" };
  for (const instruction of instructions()) {
    const [first = "", ...rest] = words(instruction);
    const keyword = instruction.getKeyword();
    if (keyword === "FROM") {
      const name = rest.at(-1) ?? "final";
      stage = newStage(join(folder, name));
      stages.set(name, stage);
    } else if (keyword === "WORKDIR") {
      stage.workdir = first;
      mkdirSync(join(stage.root, first), { recursive: true });
    } else if (keyword === "COPY") copy(instruction as Copy, stage, stages);
    else if (keyword === "RUN" && !last.some((one) => isSame(one, instruction)))
      run(instruction.getArgumentsContent() ?? "", stage);
  }
  const only = (keyword: string) => last.filter((one) => one.getKeyword() === keyword);
  const [user, entrypoint] = ["USER", "ENTRYPOINT"].map((keyword) => only(keyword)[0]);
  if (user === undefined || entrypoint === undefined) throw new Error("no USER or no ENTRYPOINT");
  return {
    ...{ root: stage.root, workdir: stage.workdir, entrypoint: execForm(entrypoint) },
    user: words(user)[0] ?? "",
    checks: only("RUN").map(execForm),
  };
}

function isSame(one: Instruction, other: Instruction): boolean {
  return one.getRange().start.line === other.getRange().start.line;
}

/** Of a base image only what is copied from it: node. */
function newStage(root: string): Stage {
  if (basename(root) !== "final") {
    mkdirSync(join(root, "usr/local/bin"), { recursive: true });
    cpSync(process.execPath, join(root, "usr/local/bin/node"));
  }
  return { root, workdir: "/" };
}

function copy(instruction: Copy, to: Stage, stages: ReadonlyMap<string, Stage>): void {
  const from = instruction.getFromFlag()?.getValue() ?? null;
  const paths = words(instruction);
  const target = paths.at(-1) ?? "";
  const root = from === null ? CHECKOUT : (stages.get(from)?.root ?? "");
  for (const source of paths.slice(0, -1)) {
    if (from === null && !LET_THROUGH.has(source)) throw new Error(`${source} is ignored`);
    const destination = join(to.root, target.startsWith("/") ? "" : to.workdir, target);
    const isFolder = statSync(join(root, source)).isDirectory();
    const place = isFolder || !target.endsWith("/") ? destination : join(destination, basename(source));
    mkdirSync(dirname(place), { recursive: true });
    cpSync(join(root, source), place, { recursive: true, verbatimSymlinks: true });
  }
} // prettier-ignore

/** .dockerignore leaves everything out but these. */
const LET_THROUGH: ReadonlySet<string> = new Set(
  readFileSync(`${CHECKOUT}.dockerignore`, "utf8")
    .split("\n")
    .flatMap((line) => /^!(.+)$/.exec(line)?.[1] ?? []),
);

/** `npm ci` takes from the checkout what it would fetch. */
function run(command: string, { root, workdir }: Stage): void {
  const cwd = join(root, workdir);
  if (command.startsWith("npm ci")) {
    if (command.includes("--omit=dev")) copyPackagesOfRunTime(cwd);
    else symlinkSync(join(CHECKOUT, "node_modules"), join(cwd, "node_modules"));
    return;
  }
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    ...{ cwd, encoding: "utf8" },
    env: { ...process.env, COMMIT },
  });
  if (status !== 0) throw new Error(`RUN ${command}: ${stdout}${stderr}`);
}

function copyPackagesOfRunTime(cwd: string): void {
  const lock = JSON.parse(readFileSync(join(cwd, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: true; devOptional?: true }>;
  };
  for (const [path, { dev, devOptional }] of Object.entries(lock.packages)) {
    if (path === "" || dev === true || devOptional === true) continue;
    const source = join(CHECKOUT, path);
    if (!existsSync(source)) continue;
    cpSync(source, join(cwd, path), {
      recursive: true,
      filter: (file) => file === source || basename(file) !== "node_modules",
    });
  }
}
