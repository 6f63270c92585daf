// A real nginx that ends TLS in front of the emulated Zitadel: gRPC, discovery and tokens on one port.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../support/postgres.ts";
import { issueCertificate } from "./private-ca.ts";

const execute = promisify(execFile);
const PATH = `${process.env["PATH"] ?? ""}:/usr/sbin`;

export interface Gateway {
  readonly url: string;
  /** PEM file of the authority that signed its certificate. */
  readonly caFile: string;
  /** Replaces what is peculiar to a test and reloads: connections go on with the old rules until they end. */
  configure(rules: Rules): Promise<void>;
  /** As `nginx -s reload`; resolves once the new workers are there. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** nginx's own directives. */
export interface Rules {
  readonly server?: string;
  /** For gRPC alone. */
  readonly grpc?: string;
  /** For discovery and tokens alone. */
  readonly http?: string;
}

export async function startNginx(upstreamPort: number): Promise<Gateway> {
  const folder = await mkdtemp(join(tmpdir(), "family-hub-nginx-"));
  await chmod(folder, 0o755);
  const { ca, certificate, key } = await issueCertificate(folder);
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  const write = (rules: Rules) =>
    writeFile(
      file,
      `daemon off;
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log notice;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  limit_req_zone $server_name zone=calls:32k rate=1r/m;
  limit_req_status 429;
  server {
    listen 127.0.0.1:${port} ssl http2;
    server_name gateway;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    ${rules.server ?? ""}
    location / {
      ${rules.http ?? ""}
      proxy_set_header Host $http_host;
      proxy_pass http://127.0.0.1:${upstreamPort};
    }
    location /zitadel. {
      ${rules.grpc ?? ""}
      grpc_set_header Host $http_host;
      grpc_pass grpc://127.0.0.1:${upstreamPort};
    }
  }
}
`,
    );
  await write({});
  const nginx = ["-p", folder, "-c", file, "-e", join(folder, "error.log")];
  await execute("nginx", [...nginx, "-t"], { env: { ...process.env, PATH } });
  const child = spawn("nginx", nginx, { stdio: "ignore", env: { ...process.env, PATH } });
  const log = () => readFile(join(folder, "error.log"), "utf8");
  await untilListening(port, child);

  async function reload(): Promise<void> {
    const started = async () => (await log()).match(/start worker process \d+/g)?.length ?? 0;
    const before = await started();
    child.kill("SIGHUP");
    await until(async () => (await started()) > before, "nginx to reload");
  }

  return {
    url: `https://127.0.0.1:${port}`,
    caFile: ca,
    configure: async (rules) => {
      await write(rules);
      await execute("nginx", [...nginx, "-t"], { env: { ...process.env, PATH } });
      await reload();
    },
    reload,
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`nginx ended with ${child.exitCode}`);
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return true;
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }, "nginx to listen");
}

async function until(isSo: () => Promise<boolean>, what: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    if (await isSo()) return;
    await sleep(25);
  }
  throw new Error(`gave up waiting for ${what}`);
}
