// Zitadel at its fastest: real gRPC over HTTP/2 that says yes to every call, after a while if asked.
//
// Not the emulator of the tests: that one decodes, checks and remembers, and would itself be what is
// measured. Prints its address as one line, and how many accounts it was asked for at GET /calls.
import { createServer as createHttp } from "node:http";
import { createServer } from "node:http2";

const latencyMs = Number(process.argv[2] ?? 0);
// CreateUserResponse { id: "created" }: every client takes the id it has chosen itself.
const MESSAGE = Buffer.from([0, 0, 0, 0, 9, 0x0a, 7, ...Buffer.from("created")]);
const HEADERS = { ":status": 200, "content-type": "application/grpc" };
const TRAILERS = { "grpc-status": "0" };
let calls = 0;

const grpc = createServer({ settings: { maxConcurrentStreams: 250 } });
grpc.on("stream", (stream, headers) => {
  stream.on("error", () => undefined);
  stream.on("wantTrailers", () => stream.sendTrailers(TRAILERS));
  stream.resume();
  stream.on("end", () => {
    // A run asks once whom it talks to, before any job.
    if (headers[":path"].endsWith("/CreateUser")) calls += 1;
    if (latencyMs === 0) answer(stream);
    else setTimeout(answer, latencyMs, stream);
  });
});

function answer(stream) {
  if (stream.destroyed) return;
  stream.respond(HEADERS, { waitForTrailers: true });
  stream.end(MESSAGE);
}

const counter = createHttp((_request, response) => response.end(String(calls)));
grpc.listen(0, "127.0.0.1", () =>
  counter.listen(0, "127.0.0.1", () => {
    const [url, callsUrl] = [grpc, counter].map(
      (server) => `http://127.0.0.1:${server.address().port}`,
    );
    process.stdout.write(`${JSON.stringify({ url, callsUrl })}\n`);
  }),
);
process.stdin.on("end", () => process.exit(0)).resume();
