// How spans reach the collector: compressed, by TLS of a private CA, in time; and what becomes of too many.
import { expect } from "chai";
import { AsyncResource } from "node:async_hooks";
import { gunzipSync } from "node:zlib";
import { startTrace, type RunTrace } from "../../src/monitoring/open-telemetry.ts";
import { readAll } from "../support/given-settings.ts";
import { decodeTraces } from "../support/otlp.ts";
import { setScene } from "../support/scene.ts";
import { CERTIFICATE_FILE, startTlsForwarder } from "../support/tls-server.ts";
import { useWatcher } from "../support/watcher.ts";

const OTLP = "OTEL_EXPORTER_OTLP_";

describe("traces on their way", () => {
  const scene = setScene();
  const collector = useWatcher();
  const env = () => ({ [`${OTLP}ENDPOINT`]: collector.url });

  it("are compressed where OTEL_EXPORTER_OTLP_COMPRESSION is gzip, and as JSON too", async () => {
    const gzip = { ...env(), [`${OTLP}COMPRESSION`]: "gzip" };

    await scene.retry([], gzip);
    await scene.retry([], { ...gzip, [`${OTLP}PROTOCOL`]: "http/json" });

    const [binary, json] = collector.noted;
    for (const { headers } of collector.noted) expect(headers["content-encoding"]).to.equal("gzip");
    const names = decodeTraces(gunzipSync(binary?.bytes ?? "")).map(({ name }) => name);
    expect(names).to.include("retry-accounts");
    expect(JSON.parse(gunzipSync(json?.bytes ?? "").toString())).to.have.property("resourceSpans");
  });

  it("trust the CA of OTEL_EXPORTER_OTLP_CERTIFICATE, and without it nobody who is unknown", async () => {
    const tls = await startTlsForwarder(Number(new URL(collector.url).port));
    const byTls = { [`${OTLP}ENDPOINT`]: tls.url };
    const trusting = { ...byTls, [`${OTLP}CERTIFICATE`]: CERTIFICATE_FILE };

    const refused = await scene.retry([], byTls);
    const refusedBy = collector.noted.length;
    const checked = await scene.cli(["doctor"], byTls);
    const accepted = await scene.retry([], trusting);
    await tls.stop();

    expect(refused).to.include({ code: 0 });
    expect(refused.stderr).to.include(`the traces were not sent to ${tls.url}`);
    expect(refused.stderr).to.include("(DEPTH_ZERO_SELF_SIGNED_CERT)");
    expect(refusedBy).to.equal(0);
    expect(checked.stdout.replaceAll(/\s+/g, " ")).to.include(`${OTLP}CERTIFICATE`);
    expect(accepted).to.include({ code: 0, stderr: "" });
    expect(collector.noted).to.have.length.above(0);
  });

  it("have the time of OTEL_EXPORTER_OTLP_TIMEOUT and no more", async () => {
    collector.answer("hang");

    const { code, stderr } = await scene.retry([], { ...env(), [`${OTLP}TIMEOUT`]: "100" });

    expect(code).to.equal(0);
    expect(stderr).to.include("no answer in time");
    // Each try took half of it: the second would not have come before the end of all waiting.
    expect(collector.noted).to.have.length(2);
  });

  it("are dropped and counted where too many wait, the root never", async () => {
    const trace = traceOf(env(), 5);
    for (let i = 0; i < 12; i += 1) await trace.tracer.step("a step", {}, () => Promise.resolve());

    const { failure, dropped } = await trace.end(new AbortController().signal);

    expect({ failure, dropped }).to.deep.equal({ failure: null, dropped: 7 });
    const spans = collector.noted.flatMap(({ bytes }) => decodeTraces(bytes));
    expect(spans).to.have.length(6);
    const root = spans.find(({ parentSpanId }) => parentSpanId === "");
    expect(root?.attributes).to.include({ "family_hub_jobs.dropped_spans": 7 });
  });

  it("are none of them dropped where they are sent as they end", async () => {
    const trace = traceOf(env(), 5);
    await trace.tracer.step("a step", {}, () => Promise.resolve());

    const { dropped } = await trace.end(new AbortController().signal);

    expect(dropped).to.equal(0);
    const [root] = collector.noted
      .flatMap(({ bytes }) => decodeTraces(bytes))
      .filter(({ parentSpanId }) => parentSpanId === "");
    expect(root?.attributes).not.to.have.property("family_hub_jobs.dropped_spans");
  });

  it("leave no context behind, which Node before 24 would copy into each promise of the process", async () => {
    const before = copiedContexts();
    const trace = traceOf(env(), 5);
    const during = await trace.during(() => Promise.resolve(copiedContexts()));

    await trace.end(new AbortController().signal);

    const copied = Number.parseInt(process.versions.node) < 24 ? 1 : 0;
    expect({ during, after: copiedContexts() }).to.deep.equal({
      during: before + copied,
      after: before,
    });
  });
});

/** How many AsyncLocalStorages something that begins now has a copy of. */
function copiedContexts(): number {
  const names = Object.getOwnPropertySymbols(new AsyncResource("something")).map(String);
  return names.filter((name) => name.includes("kResourceStore")).length;
}

function traceOf(env: Readonly<Record<string, string>>, mostWaiting: number): RunTrace {
  const { traces } = readAll(env).monitoring;
  if (traces === null) throw new Error("no traces are configured");
  return startTrace("retry-accounts", "1.0.0", traces, mostWaiting);
}
