// Debian's buildah: builds deploy/docker/Dockerfile in a store of its own, without a daemon and a registry.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CHECKOUT } from "../support/documents.ts";
import { COMMIT } from "../support/dockerfile.ts";
import { runProgram } from "../support/scene.ts";
import { layNode, layRuntime } from "./bases.ts";
import { packageVersion } from "../../src/version.ts";

export interface BuiltImage {
  /** Where its files are, the base's included. */
  readonly root: string;
  readonly config: {
    readonly User: string;
    readonly Env: readonly string[];
    readonly Entrypoint: readonly string[];
    readonly Cmd: readonly string[];
    readonly WorkingDir: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
}

/**
 * Needs root.
 * @param folder a new one that nobody else may read; remove it when done with the image
 * @throws with what buildah printed when a step fails
 */
export async function buildWithBuildah(folder: string): Promise<BuiltImage> {
  const store = ["--root", join(folder, "store"), "--runroot", join(folder, "run")];
  const buildah = (...args: string[]) => run([...store, "--storage-driver", "vfs", ...args]);

  for (const [name, lay] of Object.entries({ node: layNode, runtime: layRuntime })) {
    const root = join(folder, name);
    mkdirSync(root);
    lay(root);
    const container = await buildah("from", "scratch");
    await buildah("add", "--quiet", container, root, "/");
    await buildah("commit", "--quiet", "--rm", container, `localhost/${name}`);
  }
  await buildah(
    ...["build", "--isolation", "chroot", "--pull-never", "--format", "docker"],
    ...["--file", "deploy/docker/Dockerfile", "--ignorefile", ".dockerignore"],
    ...["--build-arg", "NODE=localhost/node", "--build-arg", "RUNTIME=localhost/runtime"],
    ...["--build-arg", `VERSION=${packageVersion()}`, "--build-arg", `COMMIT=${COMMIT}`],
    ...["--tag", "localhost/family-hub-jobs", "."],
  );
  const image = await buildah("inspect", "--type", "image", "localhost/family-hub-jobs");
  const { Docker } = JSON.parse(image) as { Docker: Pick<BuiltImage, "config"> };
  const root = await buildah("mount", await buildah("from", "localhost/family-hub-jobs"));
  return { root, config: Docker.config };
}

async function run(args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram("buildah", args, process.env, CHECKOUT);
  if (code !== 0) throw new Error(`buildah ${args.join(" ")}: ${stdout}${stderr}`);
  return stdout.trim();
}
