// The file with which another terminal can use the servers of a demo that keeps them.
import { mkdir, readFile, rm, rmdir, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Refusal } from "./refusal.ts";
import type { Stage } from "./stage.ts";

const FOLDER = fileURLToPath(new URL("../../.demo", import.meta.url));

export interface EnvironmentFile {
  readonly howToUse: string;
  write(stage: Stage): Promise<void>;
  remove(): Promise<void>;
}

/** @throws Refusal when another demo, still running, has it */
export async function claimEnvironmentFile(): Promise<EnvironmentFile> {
  const path = join(FOLDER, "environment");
  await mkdir(FOLDER, { recursive: true });
  await claim(path);
  return {
    howToUse: [
      "In another terminal:",
      "",
      `  source ${nearest(path)}`,
      "  family-hub-jobs queue list",
      "",
      "That file also says how to make Zitadel fail. Press Ctrl-C here to stop both servers.",
    ].join("\n"),
    write: (stage) => writeFile(path, contentFor(stage)),
    remove: async () => {
      await rm(path, { force: true });
      await rmdir(FOLDER).catch(() => undefined);
    },
  };
}

const OWNER = "# Written by the demo, process ";

async function claim(path: string): Promise<void> {
  for (;;) {
    try {
      const text = `${OWNER}${process.pid}, which is still getting ready.\n`;
      return await writeFile(path, text, { flag: "wx" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = await ownerOf(path);
    if (owner !== null && isAlive(owner)) {
      const why = `belongs to a demo that is still up (process ${owner}): end it first`;
      throw new Refusal(75, `${path} ${why}.`);
    }
    // Left by a demo that was killed.
    await rm(path, { force: true });
  }
}

async function ownerOf(path: string): Promise<number | null> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.startsWith(OWNER) ? Number.parseInt(text.slice(OWNER.length), 10) : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** As seen from where npm was called. */
function nearest(path: string): string {
  const short = relative(process.env["INIT_CWD"] ?? process.cwd(), path);
  const near = short.startsWith("..") ? path : short;
  return /^[\w./-]+$/.test(near) ? near : quoted(near);
}

function contentFor({ folder, programs, settings, zitadelAdminUrl }: Stage): string {
  const setting = (name: string, value: string) => `export ${name}=${quoted(value)}`;
  return `${[
    `${OWNER}${process.pid}; removed when it ends.`,
    setting("DATABASE_URL", settings.DATABASE_URL),
    setting("ZITADEL_URL", settings.ZITADEL_URL),
    setting("ZITADEL_KEY_FILE", join(folder, settings.ZITADEL_KEY_FILE)),
    setting("PASSWORD_KEYS_FILE", join(folder, settings.PASSWORD_KEYS_FILE)),
    `export PATH=${quoted(programs)}:"$PATH"`,
    "",
    "# Let the next three creations fail inside Zitadel:",
    `#   curl -d '[{"method":"CreateUser","kind":"db-connection-error","times":3}]' ${zitadelAdminUrl}/_emulator/addFault`,
    "# See who has an account:",
    `#   curl -d '[]' ${zitadelAdminUrl}/_emulator/listUsers`,
  ].join("\n")}\n`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
