// Reads what a collector of traces is sent: ExportTraceServiceRequest of OTLP 1, from its bytes.
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";

export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root. */
  readonly parentSpanId: string;
  readonly name: string;
  /** 1 for an internal one, 3 for a client's. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 0 unset, 1 ok, 2 an error. */
  readonly status: number;
  /** Nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  /** Of the process that sent it. */
  readonly resource: Readonly<Record<string, string | number | boolean>>;
}

type Value = Uint8Array | number | bigint;
type Fields = ReadonlyMap<number, readonly Value[]>;

/** @throws for bytes that are no message */
export function decodeTraces(request: Uint8Array): SentSpan[] {
  return messages(fieldsOf(request), 1).flatMap((resourceSpans) => {
    const [resource = new Map()] = messages(resourceSpans, 1);
    const attributes = attributesOf(resource, 1);
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => spanOf(span, attributes));
  });
}

function spanOf(span: Fields, resource: SentSpan["resource"]): SentSpan {
  return {
    ...{ traceId: hex(span, 1), spanId: hex(span, 2), parentSpanId: hex(span, 4) },
    ...{ name: text(span, 5), kind: Number(span.get(6)?.[0] ?? 0) },
    ...{ start: BigInt(number(span, 7)), end: BigInt(number(span, 8)) },
    attributes: attributesOf(span, 9),
    links: messages(span, 13).map((link) => ({ traceId: hex(link, 1), spanId: hex(link, 2) })),
    status: Number(messages(span, 15)[0]?.get(3)?.[0] ?? 0),
    resource,
  };
}

function attributesOf(message: Fields, field: number): SentSpan["attributes"] {
  return Object.fromEntries(
    messages(message, field).map((pair) => [text(pair, 1), anyValue(messages(pair, 2)[0])]),
  );
}

function anyValue(value: Fields = new Map()): string | number | boolean {
  if (value.has(1)) return text(value, 1);
  if (value.has(2)) return Number(value.get(2)?.[0]) === 1;
  if (value.has(3)) return Number(value.get(3)?.[0]);
  throw new Error(`an attribute of another kind: ${[...value.keys()].join()}`);
}

function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, Value[]>();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    fields.set(field, [...(fields.get(field) ?? []), readValue(reader, type)]);
  }
  return fields;
}

function readValue(reader: BinaryReader, type: WireType): Value {
  if (type === WireType.LengthDelimited) return reader.bytes();
  if (type === WireType.Varint) return BigInt(reader.uint64());
  if (type === WireType.Bit64) return BigInt(reader.fixed64());
  if (type === WireType.Bit32) return reader.fixed32();
  throw new Error(`wire type ${type}`);
}

function messages(message: Fields, field: number): Fields[] {
  return bytesOf(message, field).map(fieldsOf);
}

function bytesOf(message: Fields, field: number): Uint8Array[] {
  return (message.get(field) ?? []).filter((value) => value instanceof Uint8Array);
}

function text(message: Fields, field: number): string {
  return Buffer.from(bytesOf(message, field)[0] ?? []).toString("utf8");
}

function hex(message: Fields, field: number): string {
  return Buffer.from(bytesOf(message, field)[0] ?? []).toString("hex");
}

function number(message: Fields, field: number): number | bigint {
  const [value = 0] = message.get(field) ?? [];
  return value instanceof Uint8Array ? 0 : value;
}
