// A proxy before Postgres that lets one statement through and loses the answer with the connection.
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface CuttingProxy {
  /** The database's address, through the proxy. */
  readonly url: string;
  /** The next statement that contains this text is done by Postgres, and nobody hears of it. */
  loseAnswerTo(text: string): void;
  /** Whether Postgres is unavailable for new connections. */
  refuse(gone: boolean): void;
  /** How many answers were lost. */
  lost(): number;
  close(): Promise<void>;
}

export async function startCuttingProxy(databaseUrl: string): Promise<CuttingProxy> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let marker: string | null = null;
  let lost = 0;
  let refusing = false;

  const server = createServer((client) => {
    if (refusing) {
      client.destroy();
      return;
    }
    const upstream = connect(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        client.destroy();
        upstream.destroy();
        sockets.delete(socket);
      });
    }
    let cutting = false;
    client.on("data", (sent: Buffer) => {
      if (marker !== null && sent.includes(marker)) {
        marker = null;
        cutting = true;
      }
      upstream.write(sent);
    });
    upstream.on("data", (answer: Buffer) => {
      if (!cutting) client.write(answer);
      else if (isReadyForQuery(answer)) {
        lost += 1;
        client.destroy();
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(databaseUrl);
  url.port = String((server.address() as AddressInfo).port);

  return {
    url: url.href,
    loseAnswerTo: (text) => (marker = text),
    refuse: (gone) => (refusing = gone),
    lost: () => lost,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Postgres' last message of an answer: by then an implicit transaction has been committed. */
function isReadyForQuery(answer: Buffer): boolean {
  return answer.subarray(-6, -1).equals(Buffer.from([0x5a, 0, 0, 0, 5]));
}
