// One TCP port for HTTP/1.1 and cleartext HTTP/2, which can go away and come back.
import { createServer as createHttpServer, type RequestListener } from "node:http";
import {
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type Http2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer, type Socket } from "node:net";
import { listen } from "./listen.ts";

export type StreamListener = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  destroyConnection: () => void,
) => void;

export interface PublicPort {
  readonly port: number;
  /** Refuses new connections and destroys the open ones; a second call does nothing. */
  close(): Promise<void>;
  /** Listens on the same number again; a second call does nothing. */
  reopen(): Promise<void>;
}

/** Zitadel leaves the default of Go's HTTP/2 server. */
const MAX_CONCURRENT_STREAMS = 250;
const HTTP2_PREFACE = "PRI ";

export async function openPublicPort(
  port: number,
  onRequest: RequestListener,
  onStream: StreamListener,
): Promise<PublicPort> {
  const sockets = new Set<Socket>();
  const socketOf = new WeakMap<Http2Session, Socket>();
  const http1 = createHttpServer(onRequest);
  const http2 = createHttp2Server({ settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS } });
  http2.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on("error", () => undefined);
    const socket = stream.session && socketOf.get(stream.session);
    onStream(stream, headers, () => void socket?.destroy());
  });

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
    socket.once("data", (first) => {
      socket.pause();
      socket.unshift(first);
      if (first.toString("latin1", 0, HTTP2_PREFACE.length) === HTTP2_PREFACE) {
        http2.once("session", (session) => {
          socketOf.set(session, socket);
          session.on("error", () => undefined);
        });
        http2.emit("connection", socket);
      } else {
        http1.emit("connection", socket);
        process.nextTick(() => socket.resume());
      }
    });
  });
  const boundPort = await listen(server, port);

  return {
    port: boundPort,
    async close() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async reopen() {
      if (!server.listening) await listen(server, boundPort);
    },
  };
}
