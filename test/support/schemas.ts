// The schemas of docs/schemas, which commands print them, and a check that knows no other property.
import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const FOLDER = new URL("../../docs/schemas/", import.meta.url);
const ENDING = ".schema.json";
export const ID_PREFIX = "urn:family-hub-jobs:schema:";

/** By name, as they are published. */
export const SCHEMAS: ReadonlyMap<string, AnySchemaObject> = new Map(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith(ENDING))
    .map((file) => [
      file.slice(0, -ENDING.length),
      JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as AnySchemaObject,
    ]),
);

export interface PrintedSchemas {
  readonly json: string;
  /** Of one line; null where the command knows no `-o jsonl`. */
  readonly jsonl: string | null;
}

/** By command, as in the table of docs/schemas/README.md. */
export const PRINTED: ReadonlyMap<string, PrintedSchemas> = new Map(
  [
    ...readFileSync(new URL("README.md", FOLDER), "utf8").matchAll(
      /^\| `([a-z -]+)` +\| \[([a-z-]+)\]\(\2\.schema\.json\) +\| (?:\[([a-z-]+)\]\(\3\.schema\.json\))? *\|$/gm,
    ),
  ].map(([, command = "", json = "", jsonl]) => [command, { json, jsonl: jsonl ?? null }]),
);

/** @returns what the schema does not allow or does not describe; null when all is as described */
export function undescribed(name: string, value: unknown): string | null {
  const validate = closedValidator(name);
  return validate(value) ? null : complaints(validate);
}

function complaints({ errors }: ValidateFunction): string {
  const texts = (errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
  return [...new Set(texts)].join("; ");
}

let closed: Ajv2020 | null = null;

function closedValidator(name: string): ValidateFunction {
  closed ??= compileClosed();
  const validate = closed.getSchema(ID_PREFIX + name);
  if (validate === undefined) throw new Error(`docs/schemas has no ${name}${ENDING}`);
  return validate;
}

export function newAjv(): Ajv2020 {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  addFormats.default(ajv);
  return ajv;
}

/**
 * Published schemas allow more properties; here, one that is not described is a fault. What an `allOf` refers
 * to stays open, or it would refuse the properties next to it.
 */
function compileClosed(): Ajv2020 {
  const ajv = newAjv();
  for (const schema of SCHEMAS.values()) {
    ajv.addSchema({ ...schema, $id: `${schema["$id"]}${OPEN}` });
    ajv.addSchema(close(schema) as AnySchemaObject);
  }
  return ajv;
}

const OPEN = ":open";

function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== "object" || schema === null) return schema;
  const copy = Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => [
      keyword,
      keyword === "allOf" ? (value as AnySchemaObject[]).map(open) : close(value),
    ]),
  );
  const describes = isObject(copy["properties"]) && isTyped(copy["type"]);
  return describes && !("additionalProperties" in copy)
    ? { ...copy, unevaluatedProperties: false }
    : copy;
}

function open(schema: AnySchemaObject): AnySchemaObject {
  return { ...schema, $ref: `${schema["$ref"]}${OPEN}` };
}

/** Not a property that happens to be called `properties`. */
function isTyped(type: unknown): boolean {
  return typeof type === "string" || Array.isArray(type);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
