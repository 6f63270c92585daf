// Runs an image's entrypoint much as a container runtime does, with namespaces of Linux: as PID 1, on
// a read-only file system of its own, without capabilities. Libraries of the base are this machine's.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { CliResult } from "./cli.ts";
import { expectNoCanary } from "./canaries.ts";
import type { Image } from "./dockerfile.ts"; // prettier-ignore

const BASE = ["bin", "lib", "lib32", "lib64", "usr/bin", "usr/lib", "usr/lib32", "usr/lib64"];

export interface Container {
  readonly ended: Promise<CliResult>;
  /** To PID 1, from outside. */
  kill(signal: NodeJS.Signals): void;
}

export interface ContainerCall {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the image's own. */
  readonly entrypoint?: readonly string[];
}

/** Once for each image: what its base would hold. @returns the folders that are to be mounted */
export function layBase({ root }: Image): string[] {
  mkdirSync(join(root, "etc"), { recursive: true });
  writeFileSync(join(root, "etc/hosts"), "127.0.0.1 localhost\n");
  const folders: string[] = [];
  for (const path of BASE) {
    const found = lstatSync(`/${path}`, { throwIfNoEntry: false });
    if (found === undefined) continue;
    mkdirSync(join(root, dirname(path)), { recursive: true });
    if (found.isSymbolicLink()) symlinkSync(readlinkSync(`/${path}`), join(root, path));
    else {
      mkdirSync(join(root, path));
      folders.push(path);
    }
  }
  return folders;
}

/** As Kubernetes mounts secrets for `fsGroup`: of root and that group, with `defaultMode`. */
export function mountSecrets(
  { root, user }: Image,
  path: string,
  files: Readonly<Record<string, string>>,
  mode: number,
): void {
  mkdirSync(join(root, path), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const file = join(root, path, name);
    writeFileSync(file, content, { mode });
    chownSync(file, 0, Number(user.split(":")[1]));
  }
}

const SCRIPT = `set -e
root=$1 workdir=$2 uid=$3 gid=$4 folders=$5
shift 5
mount --bind "$root" "$root"
for folder in $folders; do mount --bind "/$folder" "$root/$folder"; done
for folder in "" $folders; do mount -o remount,bind,ro "$root/$folder"; done
cd "$root$workdir"
exec chroot "$root" /usr/bin/setpriv --reuid="$uid" --regid="$gid" --groups="$gid" \\
  --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"`;

/** The tests that need this need root, as Docker does. */
export function startContainer(image: Image, folders: string[], call: ContainerCall): Container {
  const { entrypoint = image.entrypoint, args, env = {} } = call;
  const [uid = "", gid = ""] = image.user.split(":");
  const words = [image.root, image.workdir, uid, gid, folders.join(" "), ...entrypoint, ...args];
  const child = spawn(
    "unshare",
    ["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", SCRIPT, "sh", ...words],
    { env: { PATH: "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ...env }, stdio: "pipe" },
  );
  child.stdin.end();
  return { ended: endOf(child, args), kill: (signal) => process.kill(firstChild(child), signal) };
}

async function endOf(child: ChildProcess, args: readonly string[]): Promise<CliResult> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const [code] = (await once(child, "close")) as [number | null];
  expectNoCanary(`what the container printed for ${args.join(" ")}`, `${stdout}\n${stderr}`);
  return { code: code ?? -1, stdout, stderr };
}

function firstChild({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
}
