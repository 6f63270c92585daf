// A copy of the built binary, which another build (npm test, say) does not disturb.
import { cp, mkdir, readdir, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const CHECKOUT = fileURLToPath(new URL("../..", import.meta.url));
const BINARY = join("dist", "bin", "family-hub-jobs.js");

const TRIES = 50;

/**
 * @returns the path of the binary in the copy
 * @throws when there is no build to copy
 */
export async function copyOfBuild(folder: string): Promise<string> {
  const home = join(folder, "build");
  await mkdir(home);
  await symlink(join(CHECKOUT, "node_modules"), join(home, "node_modules"));
  await cp(join(CHECKOUT, "package.json"), join(home, "package.json"));
  for (let tried = 1; ; tried += 1) {
    try {
      await cp(join(CHECKOUT, "dist"), join(home, "dist"), { recursive: true, force: true });
      await requireWhole(join(home, "dist"));
      return join(home, BINARY);
    } catch (error) {
      if (tried === TRIES) throw error;
      await sleep(100);
    }
  }
}

/** @throws if a file is empty: another build is writing it now */
async function requireWhole(dist: string): Promise<void> {
  for (const name of await readdir(dist, { recursive: true })) {
    const { size } = await stat(join(dist, name));
    if (size === 0) throw new Error(`${name} of the build is empty: try \`npm run build\``);
  }
}

/** For other terminals: both names of the checkout's own binary. @returns the folder */
export async function linkPrograms(folder: string): Promise<string> {
  await mkdir(folder);
  for (const name of ["family-hub-jobs", "fhj"]) {
    await symlink(join(CHECKOUT, BINARY), join(folder, name));
  }
  return folder;
}
