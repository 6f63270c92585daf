// The Node under which every program runs: newer than ours requires, because the peers require it.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BENCH = fileURLToPath(new URL("..", import.meta.url));
const MODULES = join(BENCH, "node_modules");

/** Installs what package-lock.json asks for, unless that is there. */
export function installPeers(): void {
  if (installed() === wanted()) return;
  execFileSync("npm", ["ci", "--prefix", BENCH, "--no-audit", "--no-fund", "--ignore-scripts"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** For a host that has this Node: the build keeps what V8 compiled, which no other version takes. */
export function buildWith(node: string): void {
  const checkout = fileURLToPath(new URL("../../..", import.meta.url));
  execFileSync(node, ["build.mjs"], { cwd: checkout, stdio: "inherit" });
}

function wanted(): string {
  const { packages } = JSON.parse(readFileSync(join(BENCH, "package-lock.json"), "utf8")) as {
    packages: Record<string, { version?: string; optional?: boolean }>;
  };
  return versions(packages);
}

function installed(): string | null {
  const lock = join(MODULES, ".package-lock.json");
  if (!existsSync(lock)) return null;
  return versions((JSON.parse(readFileSync(lock, "utf8")) as { packages: Packages }).packages);
}

type Packages = Record<string, { version?: string; optional?: boolean }>;

/** Without those for other machines. */
function versions(packages: Packages): string {
  const needed = Object.entries(packages).filter(
    ([path, { optional }]) => path !== "" && optional !== true,
  );
  return JSON.stringify(needed.map(([path, { version }]) => [path, version]).sort());
}

/** @throws when there is none for this machine */
export function peerNode(): string {
  const { platform, arch } = process;
  for (const name of [`node-${platform}-${arch}`, `node-bin-${platform}-${arch}`]) {
    const path = join(MODULES, name, "bin", "node");
    if (existsSync(path)) return path;
  }
  throw new Error(`test/bench/package.json names no Node for ${platform} on ${arch}`);
}

/** `v22.23.3` */
export function peerNodeVersion(): string {
  return execFileSync(peerNode(), ["--version"], { encoding: "utf8" }).trim();
}
