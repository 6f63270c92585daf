// docs/schemas: sound, complete, and able to refuse. That what is printed fits them, every test of
// the suite checks that spawns a command (test/support/documented-json.ts).
import { expect } from "chai";
import type { AnySchemaObject } from "ajv/dist/2020.js";
import { ERROR_CODES } from "../../src/domain/failure.ts";
import { JOB_STATUSES } from "../../src/domain/job.ts";
import { RUN_OUTCOMES } from "../../src/runs/runs.sql.ts";
import { descendants, pathOf, programTree } from "../support/command-line.ts";
import { expectDocumented } from "../support/documented-json.ts";
import { ID_PREFIX, newAjv, PRINTED, SCHEMAS, undescribed } from "../support/schemas.ts";

const LOG = "log-line";

describe("the schemas of docs/schemas", () => {
  it("are valid JSON Schema 2020-12, and refer to nothing that is not there", () => {
    const ajv = newAjv();
    for (const schema of SCHEMAS.values()) ajv.addSchema(schema);

    for (const [name, schema] of SCHEMAS) {
      expect(ajv.getSchema(ID_PREFIX + name), name).to.be.a("function");
      expect(schema["$schema"]).to.equal("https://json-schema.org/draft/2020-12/schema");
    }
    expect(SCHEMAS.size).to.be.above(25);
  });

  it("have an $id after their file, a title and a description", () => {
    for (const [name, schema] of SCHEMAS) {
      expect(schema["$id"]).to.equal(ID_PREFIX + name);
      expect(schema["title"], name).to.be.a("string").and.not.equal("");
      expect(schema["description"], name).to.be.a("string").and.not.equal("");
    }
  });

  it("describe each property, and say of each whether it may be missing", () => {
    for (const [name, schema] of SCHEMAS) {
      for (const { properties, required } of objectsIn(schema)) {
        for (const [key, property] of Object.entries(properties)) {
          expect(property["description"], `${name}: ${key}`).to.be.a("string").and.match(/\.$/);
        }
        expect(Object.keys(properties), name).to.include.members(required);
      }
    }
  });

  it("are used, each by a command, by the log or by another schema", () => {
    const used = new Set([
      LOG,
      ...[...PRINTED.values()].flatMap(({ json, jsonl }) =>
        jsonl === null ? json : [json, jsonl],
      ),
      ...[...SCHEMAS.values()].flatMap((schema) =>
        [...JSON.stringify(schema).matchAll(/"\$ref":"urn:family-hub-jobs:schema:([a-z-]+)/g)].map(
          ([, name]) => name,
        ),
      ),
    ]);

    expect([...used].sort()).to.deep.equal([...SCHEMAS.keys()].sort());
  });

  it("are there for exactly the commands that take --json, and lines for those with -o jsonl", () => {
    const commands = descendants(programTree());
    const taking = (format: string) =>
      commands
        .filter((command) =>
          format === "json"
            ? command.options.some(({ long }) => long === "--json")
            : command.options.some(({ argChoices }) => argChoices?.includes(format) === true),
        )
        .map(pathOf);
    const lines = [...PRINTED].filter(([, { jsonl }]) => jsonl !== null).map(([name]) => name);

    expect([...PRINTED.keys()]).to.have.members(taking("json"));
    expect(lines).to.have.members(taking("jsonl"));
  });

  it("have the enums of the code, to the letter, wherever one stands", () => {
    const enums = [...SCHEMAS.values()].flatMap(enumsIn);
    const having = (value: string) =>
      enums
        .filter((values) => values.includes(value))
        .map((values) => values.filter((text) => text !== null && text !== "none"));

    const expected = { undecryptable: ERROR_CODES, processing: JOB_STATUSES, died: RUN_OUTCOMES };
    for (const [value, all] of Object.entries(expected)) {
      expect(having(value), value).not.to.deep.equal([]);
      for (const values of having(value)) expect(values).to.deep.equal(all);
    }
  });
});

describe("the check of what is printed", () => {
  const ID = "5b3f2c1a-9d0e-4c3b-8f53-2b6a4f1e9d10";
  const AT = "2026-01-31T08:00:00.000Z";
  const frame = {
    ...{ command: "purge-invitations", runId: ID, outcome: "completed", reason: null },
    ...{ startedAt: AT, finishedAt: AT, durationMs: 12 },
  };
  const refused = { refused: [], refusedCount: 0 };
  const purge = { ...frame, deleted: 3, batches: 1, ...refused };
  const requeue = { requeued: [ID], skipped: [{ id: ID, reason: "not found" }] };

  it("lets pass what is described", () => {
    expect(undescribed("purge-invitations", purge)).to.equal(null);
    expect(undescribed("queue-requeue", requeue)).to.equal(null);
    expect(undescribed("queue-list", { jobs: [], nextCursor: null })).to.equal(null);
  });

  const { deleted: _, ...withoutCount } = purge;
  const wrong: Readonly<Record<string, readonly [string, unknown]>> = {
    "a property that nobody described": ["purge-invitations", { ...purge, speed: 1 }],
    "one within a list": ["queue-requeue", { ...requeue, skipped: [{ ...requeue.skipped[0], n: 1 }] }],
    "one next to a job": ["queue-show", { job: { password: "present", keyId: null, pin: 1 }, timeline: [] }],
    "a missing one": ["purge-invitations", withoutCount],
    "a missing one of the frame": ["purge-invitations", { ...purge, runId: undefined }],
    "an outcome that there is not": ["purge-invitations", { ...purge, outcome: "done" }],
    "another command's report": ["purge-invitations", { ...purge, command: "purge-jobs" }],
    "a number as text": ["purge-invitations", { ...purge, deleted: "3" }],
    "half a row": ["purge-invitations", { ...purge, deleted: 0.5 }],
    "fewer than none": ["purge-invitations", { ...purge, deleted: -1 }],
    "a time without a zone": ["purge-invitations", { ...purge, startedAt: "2026-01-31T08:00:00" }],
    "an id that is none": ["queue-requeue", { ...requeue, requeued: ["job/1"] }],
    "an error code that there is not": ["log-line", { time: AT, level: "warn", event: "job failed", runId: ID, errorCode: "oops" }],
    "an event that nobody described": ["log-line", { time: AT, level: "warn", event: "something", runId: ID }],
    "a line of the log that names no run": ["log-line", { time: AT, level: "warn", event: "job failed" }],
    "a list instead of a page": ["queue-list", []],
  }; // prettier-ignore
  for (const [what, [schema, sample]] of Object.entries(wrong)) {
    it(`refuses ${what}`, () => {
      expect(undescribed(schema, JSON.parse(JSON.stringify(sample)))).to.be.a("string");
    });
  }

  const printed =
    (args: string, stdout: string, stderr = "") =>
    () =>
      expectDocumented(args.split(" "), { code: 0, stdout, stderr });

  it("looks at --json, -o json, -o jsonl and the log, whatever else is on the line", () => {
    for (const args of [
      "queue list --json",
      "queue list -o json --limit 3",
      "queue list --output=json",
      "queue list -ojson",
      // What begins like an object is one, also where nobody asked.
      "queue list",
    ]) {
      expect(printed(args, '{"jobs":[]}\n'), args).to.throw("docs/schemas/queue-list.schema.json");
    }
    expect(printed("queue list -o jsonl", '{"id":1}\n')).to.throw("docs/schemas/job.schema.json");
    expect(printed("retry-accounts -v", "", '{"level":"loud"}\n')).to.throw("log-line.schema.json");
    expect(printed("queue list --json", '{"jobs":[],"nextCursor":null}\n')).not.to.throw();
    expect(printed("queue list", "ID  STATUS\n", "family-hub-jobs: no\n")).not.to.throw();
  });

  it("refuses text, and nothing, where JSON was asked for", () => {
    expect(printed("runs --json", "RUN  COMMAND\n")).to.throw("asked for JSON and printed");
    expect(printed("runs --json", "")).to.throw("asked for JSON and printed");
    expect(printed("runs --json", '{"runs":\n')).to.throw("is no JSON");
  });
});

interface DescribedObject {
  readonly properties: Readonly<Record<string, AnySchemaObject>>;
  readonly required: readonly string[];
}

/** Every object that the schema describes, however deep. */
function objectsIn(schema: unknown): DescribedObject[] {
  if (typeof schema !== "object" || schema === null) return [];
  const below = Object.values(schema).flatMap(objectsIn);
  const { properties, required } = schema as Partial<DescribedObject>;
  return properties === undefined || !("type" in schema)
    ? below
    : [{ properties, required: required ?? [] }, ...below];
}

function enumsIn(schema: unknown): unknown[][] {
  if (typeof schema !== "object" || schema === null) return [];
  const own = (schema as { enum?: unknown }).enum;
  return [...(Array.isArray(own) ? [own] : []), ...Object.values(schema).flatMap(enumsIn)];
}
