// Debian's own cron in a namespace of its own, with a sendmail that keeps what it is given.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Cron {
  /** Every mail so far, headers and all, oldest first. */
  mails(): Promise<string[]>;
  /** Makes it look at its clock, which somebody has moved. */
  wake(): Promise<void>;
  /** Resolves once it sleeps until its next minute: all that it started has ended, and is mailed. */
  asleep(): Promise<void>;
  stop(): Promise<void>;
}

interface Stage {
  readonly crontab: string;
  /** A folder with family-hub-jobs and fhj. */
  readonly programs: string;
  /** Below /etc/family-hub-jobs, by name: for the crontab's user alone. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Of cron itself; its jobs have what the crontab sets. */
  readonly env?: Readonly<Record<string, string>>;
}

export const USER = { name: "family-hub-jobs", id: 64_000 };

/** Whether a user may log in, and what a session sets up, is not what is tried here. */
const PAM = ["auth", "account", "session"]
  .map((type) => `${type} required pam_permit.so\n`)
  .join("");

/** Needs root, and Debian's package `cron`. */
export async function startCron({ crontab, programs, secrets, env = {} }: Stage): Promise<Cron> {
  const stage = await mkdtemp(join(tmpdir(), "family-hub-cron-"));
  await chmod(stage, 0o755);
  const mails = join(stage, "mails");
  const write = async (path: string, text: string, mode = 0o644) => {
    await mkdir(dirname(join(stage, path)), { recursive: true });
    await writeFile(join(stage, path), text, { mode });
  };
  await mkdir(mails);
  await chown(mails, USER.id, USER.id);
  await write("cron.d/family-hub-jobs", crontab);
  await write("etc/crontab", "");
  await write("etc/pam.d/cron", PAM);
  for (const [file, line] of [
    ["passwd", `${USER.name}:x:${USER.id}:${USER.id}::/nonexistent:/usr/sbin/nologin\n`],
    ["group", `${USER.name}:x:${USER.id}:\n`],
  ] as const) {
    await write(`etc/${file}`, (await readFile(`/etc/${file}`, "utf8")) + line);
  }
  for (const [name, text] of Object.entries(secrets)) {
    await write(`etc/family-hub-jobs/${name}`, text, 0o400);
    await chown(join(stage, "etc/family-hub-jobs", name), USER.id, USER.id);
  }
  await write(
    "usr/sbin/sendmail",
    `#!/bin/sh\ncat > "$(mktemp ${mails}/$(date +%s)-XXXXXX)"\n`,
    0o755,
  );
  await mkdir(join(stage, "usr/local/bin"), { recursive: true });
  for (const name of await readdir(programs)) {
    await symlink(join(programs, name), join(stage, "usr/local/bin", name));
  }
  await symlink(process.execPath, join(stage, "usr/local/bin/node"));

  const script = fileURLToPath(new URL("private-cron.sh", import.meta.url));
  const flags = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const cron = spawn("unshare", [...flags, "sh", script, stage, ...settings], {
    stdio: ["ignore", "ignore", "inherit"],
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
  });
  const ended = once(cron, "exit");
  const only = async () => {
    for (;;) {
      if (cron.exitCode !== null) throw new Error(`cron ended with ${cron.exitCode}`);
      const [pid] = await childrenOf(cron.pid);
      if (pid !== undefined) return pid;
      await sleep(10);
    }
  };
  return {
    wake: async () => void process.kill(await only(), "SIGHUP"),
    asleep: async () => {
      while (!(await isAsleep(await only()))) await sleep(10);
      await shareClock(await only());
    },
    mails: async () => {
      if (cron.exitCode !== null) throw new Error(`cron ended with ${cron.exitCode}`);
      const names = (await readdir(mails)).sort();
      return Promise.all(names.map((name) => readFile(join(mails, name), "utf8")));
    },
    stop: async () => {
      cron.kill("SIGKILL");
      await ended;
      await rm(stage, { recursive: true, force: true });
    },
  };
}

/** With the user as whom cron sends mails: libfaketime makes such files for root alone. */
async function shareClock(pid: number): Promise<void> {
  const folder = join("/proc", String(pid), "root", "dev/shm");
  for (const name of await readdir(folder)) await chmod(join(folder, name), 0o666);
}

async function isAsleep(pid: number): Promise<boolean> {
  const [name, place] = await Promise.all(
    ["comm", "wchan"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8")),
  );
  const sleeps = name?.trim() === "cron" && place === "hrtimer_nanosleep";
  return sleeps && (await childrenOf(pid)).length === 0;
}

async function childrenOf(pid = 0): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
  return text.split(" ").filter(Boolean).map(Number);
}
