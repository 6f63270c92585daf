// Where traces go: OpenTelemetry's variables, which of them win, and what is wrong with others.
import { expect } from "chai";
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { complaint, readAll } from "../support/given-settings.ts";
import { CERTIFICATE_FILE } from "../support/tls-server.ts";

const SECRET = "hunter2";
const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const HOST = "http://otel.example.com:4318";
const read = (env: Readonly<Record<string, string>>) => readAll(env).monitoring.traces;

describe("OTEL_EXPORTER_OTLP_ENDPOINT", () => {
  it("is the address below which traces have theirs; the one for traces is taken as it is", () => {
    const url = (env: Readonly<Record<string, string>>) => read(env)?.endpoint.url.reveal();

    expect(read({})).to.equal(null);
    expect(url({ [ENDPOINT]: HOST })).to.equal(`${HOST}/v1/traces`);
    expect(url({ [ENDPOINT]: `${HOST}/otlp/` })).to.equal(`${HOST}/otlp/v1/traces`);
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://seq.example.com/a" };
    expect(url({ [ENDPOINT]: HOST, ...own })).to.equal("https://seq.example.com/a");
    expect(read(own)?.setting).to.equal("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
  });

  it("must be http, and is not repeated where it is not", () => {
    for (const wrong of [SECRET, `ftp://x/${SECRET}`, `http://x/?key=${SECRET}`, "otel:4318"]) {
      const said = complaint({ [ENDPOINT]: wrong }, ["monitoring"]);

      expect(said).to.include(`${ENDPOINT} is "[redacted]": it must be an http`);
      expect(said).not.to.include(SECRET);
    }
  });

  it("is reached by its own proxy", () => {
    const { endpoint } = read({ [ENDPOINT]: HOST, HTTP_PROXY: "proxy:1" }) ?? {};

    expect(endpoint?.proxy).to.include({ host: "proxy" });
  });

  it("counts for nothing where traces are switched off, and neither does what else is wrong", () => {
    const env = { [ENDPOINT]: HOST, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };

    expect(read({ ...env, OTEL_SDK_DISABLED: "TRUE" })).to.equal(null);
    expect(read({ ...env, OTEL_TRACES_EXPORTER: "none" })).to.equal(null);
    expect(read({ OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" })).to.equal(null);
  });
});

describe("OTEL_EXPORTER_OTLP_PROTOCOL", () => {
  it("is one of HTTP's", () => {
    expect(read({ [ENDPOINT]: HOST })?.protocol).to.equal("http/protobuf");
    const json = { OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: "http/json" };
    const other = { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
    expect(read({ [ENDPOINT]: HOST, ...other, ...json })?.protocol).to.equal("http/json");
  });

  it("is refused as gRPC, with what to set instead", () => {
    const said = complaint({ [ENDPOINT]: HOST, OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" }, [
      "monitoring",
    ]);

    expect(said).to.equal(
      "OTEL_EXPORTER_OTLP_PROTOCOL is grpc: traces are sent by OTLP over HTTP only. Set it to " +
        "http/protobuf, and the endpoint to the collector's port for HTTP, usually 4318.",
    );
  });
});

describe("how traces are sent", () => {
  const OTLP = "OTEL_EXPORTER_OTLP_";
  const sent = (env: Readonly<Record<string, string>>) => read({ [ENDPOINT]: HOST, ...env });

  it("is as OpenTelemetry's variables say, those for traces first", () => {
    expect(sent({})).to.include({ compression: "none", timeoutMs: 10_000, ca: null });
    const forAll = {
      [`${OTLP}COMPRESSION`]: "gzip",
      [`${OTLP}TIMEOUT`]: "2500",
      [`${OTLP}CERTIFICATE`]: CERTIFICATE_FILE,
    };
    const ca = readFileSync(CERTIFICATE_FILE, "utf8");
    expect(sent(forAll)).to.include({ compression: "gzip", timeoutMs: 2500, ca });
    const own = { [`${OTLP}TRACES_COMPRESSION`]: "none", [`${OTLP}TRACES_TIMEOUT`]: "1" };
    expect(sent({ ...forAll, ...own })).to.include({ compression: "none", timeoutMs: 1, ca });
  });

  for (const [name, value, form] of [
    ["COMPRESSION", "deflate", "none, gzip"],
    ["TIMEOUT", "10s", "a whole number of milliseconds without a unit, from 1 to 600000"],
    ["TRACES_TIMEOUT", "0", "a whole number of milliseconds without a unit, from 1 to 600000"],
    ["TRACES_PROTOCOL", "http/xml", "http/protobuf, http/json"],
  ] as const) {
    it(`is not by ${name} as ${value}`, () => {
      const env = { [ENDPOINT]: HOST, [`${OTLP}${name}`]: value };

      expect(complaint(env, ["monitoring"])).to.equal(
        `${OTLP}${name} is "${value}": it must be ${form}.`,
      );
    });
  }

  it("is not with a certificate that is none", () => {
    const env = { [ENDPOINT]: HOST, [`${OTLP}CERTIFICATE`]: "/nowhere/ca.pem" };

    expect(complaint(env, ["monitoring"])).to.equal(
      `${OTLP}CERTIFICATE names /nowhere/ca.pem, which is not a readable PEM certificate.`,
    );
  });

  for (const [name, value, form] of [
    ["OTEL_TRACES_EXPORTER", "zipkin", "otlp, none"],
    ["OTEL_SDK_DISABLED", "yes", "true or false"],
  ] as const) {
    it(`is not known where ${name} is ${value}`, () => {
      expect(complaint({ [ENDPOINT]: HOST, [name]: value }, ["monitoring"])).to.equal(
        `${name} is "${value}": it must be ${form}.`,
      );
    });
  }
});

describe("OTEL_EXPORTER_OTLP_HEADERS", () => {
  const headers = (text: string) =>
    read({ [ENDPOINT]: HOST, OTEL_EXPORTER_OTLP_HEADERS: text })?.headers.map(([name, value]) => [
      name,
      value.reveal(),
    ]);

  it("are pairs, decoded as in an address, and their values are kept from sight", () => {
    expect(headers(`X-Seq-ApiKey=${SECRET}, b = 1%2C2 ,c=x=y,`)).to.deep.equal([
      ["x-seq-apikey", SECRET],
      ["b", "1,2"],
      ["c", "x=y"],
    ]);
    const config = read({ [ENDPOINT]: HOST, OTEL_EXPORTER_OTLP_HEADERS: `a=${SECRET}` });
    expect(inspect(config, { depth: 6 }) + JSON.stringify(config)).not.to.include(SECRET);
  });

  for (const wrong of [SECRET, `=${SECRET}`, `a b=${SECRET}`, `a=%zz${SECRET}`, `a=${SECRET}%0A`]) {
    it(`may not be ${wrong}, which is not repeated`, () => {
      const env = { [ENDPOINT]: HOST, OTEL_EXPORTER_OTLP_HEADERS: wrong };

      const said = complaint(env, ["monitoring"]);

      expect(said).to.match(/^OTEL_EXPORTER_OTLP_HEADERS is "\[redacted\]": it must be name=value/);
      expect(said).not.to.include(SECRET);
    });
  }
});

describe("OTEL_RESOURCE_ATTRIBUTES", () => {
  it("name the sender where OTEL_SERVICE_NAME does not", () => {
    const env = { [ENDPOINT]: HOST, OTEL_RESOURCE_ATTRIBUTES: "service.name=a,b=c" };

    expect(read({ [ENDPOINT]: HOST })?.resource).to.deep.equal({
      "service.name": "family-hub-jobs",
    });
    expect(read(env)?.resource).to.deep.equal({ "service.name": "a", b: "c" });
    expect(read({ ...env, OTEL_SERVICE_NAME: "d" })?.resource).to.include({ "service.name": "d" });
    expect(complaint({ ...env, OTEL_RESOURCE_ATTRIBUTES: "service" }, ["monitoring"])).to.match(
      /^OTEL_RESOURCE_ATTRIBUTES is "service": it must be name=value/,
    );
  });
});
