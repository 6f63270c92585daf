// An egress proxy: CONNECT for what carries TLS or gRPC, forwarding for plain http; it may ask for a password or refuse.
import { createServer, request as forward, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { listen } from "./zitadel-emulator/listen.ts";

export interface ConnectProxy {
  readonly port: number;
  /** `CONNECT host:port` or `GET http://…`, as asked for; also those that were refused. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

/** A status to answer with; `hang`: nothing is ever said; `close`: the connection ends at once. */
export type Refusal = number | "hang" | "close";

export interface ConnectProxyOptions {
  /** `user:password` that is asked for. */
  readonly userinfo?: string;
  readonly refuses?: Refusal;
  /** The port on this host to which every CONNECT leads. */
  readonly leadsTo?: number;
}

export async function startConnectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const track = (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => open.delete(socket));
  };
  const refusal = ({ headers }: IncomingMessage): Refusal | null => {
    if (options.refuses !== undefined) return options.refuses;
    const { userinfo } = options;
    const wanted = userinfo === undefined ? undefined : `Basic ${btoa(userinfo)}`;
    return wanted === headers["proxy-authorization"] ? null : 407;
  };

  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const refused = refusal(request);
    if (typeof refused === "number") response.writeHead(refused).end();
    if (refused === "close") request.socket.destroy();
    if (refused !== null) return;
    const { method, headers, url = "" } = request;
    const upstream = forward(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    upstream.on("error", () => response.destroy());
    request.pipe(upstream);
  });
  server.on("connection", track);
  server.on("connect", (request, client: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    const refused = refusal(request);
    if (typeof refused === "number") client.end(`HTTP/1.1 ${refused} No\r\n\r\n`);
    if (refused === "close") client.destroy();
    if (refused !== null) return;
    const { hostname, port } = new URL(`http://${request.url}`);
    const { leadsTo } = options;
    const target =
      leadsTo === undefined
        ? { port: Number(port || 80), host: hostname }
        : { port: leadsTo, host: "127.0.0.1" };
    const upstream = connect(target, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(upstream).pipe(client);
    });
    track(upstream);
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
  });
  const port = await listen(server, 0);
  return {
    port,
    asked,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
