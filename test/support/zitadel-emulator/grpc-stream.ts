// Speaks unary gRPC on one HTTP/2 stream: framing, trailers, and the ways a stream can go wrong.
import { randomUUID } from "node:crypto";
import type { OutgoingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { GrpcCode, type ApiError } from "./api-error.ts";
import { encodeStatusDetails } from "./status-details.ts";

const PREFIX_BYTES = 5;

/** The message without its prefix. Rejects when the client goes away before it is complete. */
export function readMessage(stream: ServerHttp2Stream): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      const frame = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      const isWhole =
        frame.length >= PREFIX_BYTES &&
        frame[0] === 0 &&
        frame.readUInt32BE(1) === frame.length - PREFIX_BYTES;
      if (isWhole) resolve(frame.subarray(PREFIX_BYTES));
      else reject(new Error("not one uncompressed gRPC message"));
    });
    stream.on("close", () => reject(new Error("the stream was closed")));
  });
}

export function answerMessage(
  stream: ServerHttp2Stream,
  message: Uint8Array,
  headers: OutgoingHttpHeaders,
): void {
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + message.length);
  frame[0] = 0;
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, PREFIX_BYTES);
  respond(stream, headers, { "grpc-status": "0" }, frame);
}

export function answerError(
  stream: ServerHttp2Stream,
  error: ApiError,
  headers: OutgoingHttpHeaders,
): void {
  const details = encodeStatusDetails(error);
  respond(stream, headers, {
    "grpc-status": String(error.code),
    "grpc-message": percentEncode(error.message),
    ...(details === null ? {} : { "grpc-status-details-bin": details }),
    ...(error.code === GrpcCode.ok ? {} : { "x-request-id": randomUUID() }),
  });
}

/** Answers as something that speaks HTTP but no gRPC. */
export function answerPlainHttp(
  stream: ServerHttp2Stream,
  status: number,
  headers: OutgoingHttpHeaders,
  body: string,
): void {
  if (isGone(stream)) return;
  stream.respond({ ":status": status, ...headers });
  stream.end(body);
}

function respond(
  stream: ServerHttp2Stream,
  headers: OutgoingHttpHeaders,
  trailers: OutgoingHttpHeaders,
  frame?: Buffer,
): void {
  if (isGone(stream)) return;
  stream.on("wantTrailers", () => {
    if (!stream.destroyed && !stream.closed) stream.sendTrailers(trailers);
  });
  stream.respond(
    { ":status": 200, "content-type": "application/grpc", ...headers },
    { waitForTrailers: true },
  );
  stream.end(frame);
}

function isGone(stream: ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed || stream.headersSent;
}

/** As the gRPC protocol asks for grpc-message: bytes outside printable ASCII, and "%", escaped. */
function percentEncode(text: string): string {
  return text.replace(/[^ -$&-~]+/gu, (run) =>
    [...Buffer.from(run)]
      .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
      .join(""),
  );
}
