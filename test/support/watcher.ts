// A monitoring service: a real HTTP server that records its requests, and answers as a test sets.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";

export interface Noted {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly authorization: string | null;
  readonly contentType: string | null;
  readonly body: string;
  readonly bytes: Buffer;
  readonly headers: IncomingHttpHeaders;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export const ANSWERS = {
  ok: (_, response) => response.end("OK"),
  /** Never. */
  hang: () => undefined,
  /** The head of an answer, whose end never comes. */
  stall: (_, response) => response.writeHead(200, { "content-length": "10" }).write("x"),
  close: (request) => request.socket.destroy(),
  fail: (_, response) => response.writeHead(500).end("no"),
  notFound: (_, response) => response.writeHead(404).end("no"),
  redirect: (request, response) =>
    response.writeHead(301, { location: `http://${request.headers.host}/elsewhere` }).end(),
} as const satisfies Record<string, Answer>;

export interface Watcher {
  /** Such as http://127.0.0.1:4711. */
  readonly url: string;
  readonly noted: readonly Noted[];
  /** How all requests are answered from now on; reset for each test. */
  answer(how: keyof typeof ANSWERS, onRequest?: (noted: Noted) => void | Promise<void>): void;
}

/** Call inside `describe`: starts the server, and forgets before each test. */
export function useWatcher(): Watcher {
  let answer: Answer = ANSWERS.ok;
  let onRequest: (noted: Noted) => void | Promise<void> = () => undefined;
  const noted: Noted[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const bytes = Buffer.concat(chunks);
      const body = bytes.toString("utf8");
      const authorization = headers.authorization ?? null;
      const note = {
        method,
        path,
        authorization,
        contentType: headers["content-type"] ?? null,
        ...{ body, bytes, headers },
      };
      noted.push(note);
      void Promise.resolve(onRequest(note)).then(() => answer(request, response));
    });
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).once("close", () => sockets.delete(socket));
  });
  before(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
  beforeEach(() => {
    noted.length = 0;
    [answer, onRequest] = [ANSWERS.ok, () => undefined];
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    get url() {
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    noted,
    answer: (how, also = () => undefined) => ([answer, onRequest] = [ANSWERS[how], also]),
  };
}
