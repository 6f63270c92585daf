// A server for 127.0.0.1 with a certificate that nobody has signed: for tests only, as its key is public.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";
import { connect, type AddressInfo } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";

const inFolder = (name: string) => fileURLToPath(new URL(`./tls/${name}`, import.meta.url));

export const CERTIFICATE_FILE = inFolder("test-only-certificate.pem");
export const PRIVATE_KEY_FILE = inFolder("test-only-private-key.pem");

export interface TlsServer {
  readonly url: string;
  /** Requests that got through, over HTTP/1.1 as over HTTP/2. */
  readonly paths: readonly string[];
  stop(): Promise<void>;
}

/** Answers everything with `{}`, whichever protocol it is asked in. */
export async function startTlsServer(): Promise<TlsServer> {
  const paths: string[] = [];
  const open = new Set<{ destroy(): void }>();
  const server = createSecureServer(
    {
      key: readFileSync(PRIVATE_KEY_FILE),
      cert: readFileSync(CERTIFICATE_FILE),
      allowHTTP1: true,
    },
    (request, response) => {
      paths.push(request.url);
      response.setHeader("content-type", "application/json");
      response.end("{}");
    },
  );
  server.on("secureConnection", (socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Ends TLS, of HTTP/2 too, in front of a port that speaks plain text. */
export async function startTlsForwarder(port: number): Promise<Pick<TlsServer, "url" | "stop">> {
  const open = new Set<TLSSocket>();
  const server = createServer(
    {
      key: readFileSync(PRIVATE_KEY_FILE),
      cert: readFileSync(CERTIFICATE_FILE),
      ALPNProtocols: ["h2", "http/1.1"],
    },
    (client) => {
      open.add(client);
      const upstream = connect(port, "127.0.0.1");
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) socket.on("error", () => undefined);
      upstream.once("close", () => client.destroy());
      client.once("close", () => {
        open.delete(client);
        upstream.destroy();
      });
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
