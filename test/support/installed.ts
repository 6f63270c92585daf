// The package as its users have it: packed, installed into a folder of its own, run as cron runs it.
import { execFile } from "node:child_process";
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { CliResult } from "./cli.ts";
import { CHECKOUT } from "./documents.ts";
import { runProgram } from "./scene.ts";

export interface PackedPackage {
  /** Bytes, compressed and not. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

export interface Installed {
  readonly packed: PackedPackage;
  /** What `npm prefix -g` would be. */
  readonly prefix: string;
  /** The package's own folder in it. */
  readonly home: string;
  /** An empty folder to work in. */
  readonly folder: string;
  /** Types a line with nothing in the environment but what cron sets, PATH, and these settings. */
  cron(line: string, settings: Readonly<Record<string, string>>): Promise<CliResult>;
  /** The package unpacked, and beneath it what the checkout's lock file names. @returns the folder */
  locked(): Promise<string>;
  remove(): Promise<void>;
}

/** Packages come from npm's cache, which `npm ci` filled, or else from the registry. */
export async function installPackage(): Promise<Installed> {
  const place = await mkdtemp(join(tmpdir(), "family-hub-installed-"));
  const [prefix, folder] = [join(place, "prefix"), join(place, "work")];
  await mkdir(folder);
  // The build is shared with the other tests, so building it again would remove it while they use it.
  const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", place];
  const [packed] = JSON.parse(await npm(pack, CHECKOUT)) as (PackedPackage & {
    filename: string;
  })[];
  if (packed === undefined) throw new Error("npm pack packed nothing");
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--no-update-notifier"];
  const tarball = join(place, packed.filename);
  await npm(["install", "-g", "--prefix", prefix, ...quiet, tarball], place);

  // As crontab.example sets it, with the folder of this node instead of /usr/local/bin.
  const path = [join(prefix, "bin"), dirname(process.execPath), "/usr/bin", "/bin"].join(":");
  return {
    ...{ packed, prefix, folder, home: join(prefix, "lib", "node_modules", "family-hub-jobs") },
    cron: async (line, settings) => {
      const bare = { PATH: path, HOME: "/", SHELL: "/bin/sh", LOGNAME: "nobody" };
      return runProgram("/bin/sh", ["-c", line], { ...bare, ...settings }, folder);
    },
    locked: async () => {
      const unpacked = join(place, "package");
      await promisify(execFile)("tar", ["-xzf", tarball, "-C", place]);
      await copyFile(join(CHECKOUT, "package-lock.json"), join(unpacked, "package-lock.json"));
      await npm(["ci", "--omit=dev", "--ignore-scripts", ...quiet], unpacked);
      return unpacked;
    },
    remove: () => rm(place, { recursive: true, force: true }),
  };
}

async function npm(args: readonly string[], cwd: string): Promise<string> {
  return (await promisify(execFile)("npm", [...args], { cwd, maxBuffer: 64 * 1024 * 1024 })).stdout;
}
