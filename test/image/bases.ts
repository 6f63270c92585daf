// What deploy/docker/Dockerfile starts from, made of this machine's own files instead of a registry's images.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";

/** The programs that the RUN steps of the Dockerfile call, other than node and npm. */
const TOOLS = ["/bin/sh", "/bin/ln", "/bin/mkdir", "/bin/rm", "/usr/bin/env", "/usr/bin/find"];

/**
 * Node, npm and the tools. It knows the registry and the certificates that npm uses on this machine;
 * nothing of these can get into the image, which is based on the other.
 * @param root an existing empty folder, which nobody else may read: npm's settings may hold a token
 */
export function layNode(root: string): void {
  for (const file of [...TOOLS, ...librariesOf(process.execPath, ...TOOLS)]) put(root, file);
  put(root, process.execPath, "/usr/local/bin/node");
  const npm = dirname(dirname(realpathSync(output("sh", "-c", "command -v npm"))));
  put(root, npm, "/usr/local/lib/node_modules/npm");
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
  mkdirSync(join(root, "tmp"));
  const setting = (name: string) => output("npm", "config", "get", name);
  put(root, setting("globalconfig"), "/usr/local/etc/npmrc");
  put(root, setting("userconfig"), join(userInfo().homedir, ".npmrc"));
  put(root, setting("cafile"));
}

/** The libraries of node and nothing else, not even a shell: as distroless/cc, but for its certificates. */
export function layRuntime(root: string): void {
  for (const file of librariesOf(process.execPath)) put(root, file);
}

function librariesOf(...programs: string[]): string[] {
  const lines = programs.map((program) => output("ldd", program)).join("\n");
  return [...new Set(Array.from(lines.matchAll(/(?<=\s)\/\S+/g), ([path]) => path))];
}

/** A link becomes what it points to; what is not there is left out. */
function put(root: string, path: string, to = path): void {
  if (!existsSync(path)) return;
  mkdirSync(dirname(join(root, to)), { recursive: true });
  cpSync(realpathSync(path), join(root, to), { recursive: true, verbatimSymlinks: true });
}

function output(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: "utf8" }).trim();
}
