// A TCP proxy that can stop forwarding without a word: nothing is closed, and nothing comes through.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface SilentProxy {
  /** On the loopback interface. */
  readonly port: number;
  forwardTo(port: number): void;
  /** Until `resume`. Who connects meanwhile is accepted and hears nothing. */
  silence(): void;
  /** What was sent meanwhile arrives, also that somebody has hung up. */
  resume(): void;
  /** The connections that are open now stay silent; both ends believe in them. @returns how many */
  strand(): number;
  /** Ends them at last, as keepalives do. */
  endStranded(): void;
  close(): Promise<void>;
}

export async function startSilentProxy(): Promise<SilentProxy> {
  const sockets = new Set<Socket>();
  const stranded = new Set<Socket>();
  let target = 0;
  let silent = false;

  const link = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on("error", () => undefined);
    from.on("data", (sent: Buffer) => void to.write(sent));
    from.on("end", () => to.end());
    from.on("close", () => {
      sockets.delete(from);
      stranded.delete(from);
      to.destroy();
    });
    // A socket that is not read hears of no end, either.
    if (silent) from.pause();
  };
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    link(client, upstream);
    link(upstream, client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  return {
    port: (server.address() as AddressInfo).port,
    forwardTo: (port) => (target = port),
    silence: () => {
      silent = true;
      for (const socket of sockets) socket.pause();
    },
    resume: () => {
      silent = false;
      for (const socket of sockets) if (!stranded.has(socket)) socket.resume();
    },
    strand: () => {
      for (const socket of sockets) stranded.add(socket.pause());
      return stranded.size / 2;
    },
    endStranded: () => {
      for (const socket of stranded) socket.destroy();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
