// The trace of a run, as a collector gets it: which spans, of what, and that nothing about it harms a run.
import { expect } from "chai";
import { expectNoCanary, plantCanary } from "../support/canaries.ts";
import { useFiles } from "../support/given-settings.ts";
import { givenInvitation, givenJob } from "../support/given.ts";
import { loadedBy } from "../support/loaded-sources.ts";
import { decodeTraces, type SentSpan } from "../support/otlp.ts";
import { freePort } from "../support/postgres.ts";
import { setScene } from "../support/scene.ts";
import { useWatcher } from "../support/watcher.ts";

const KEY = "collector-api-key-4711";
plantCanary("the key of the collector of traces", KEY);
const REQUEST = { trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7" };
const QUEUE = "auth.queued_managed_account_creations";

describe("traces", () => {
  const scene = setScene();
  const collector = useWatcher();
  const file = useFiles();
  const env = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const sent = () => collector.noted.flatMap(({ bytes }) => decodeTraces(bytes));
  const rootOf = (spans: readonly SentSpan[]) => spans.find((span) => span.parentSpanId === "");
  const named = (spans: readonly SentSpan[], name: string) =>
    spans.filter((span) => span.name === name);

  it("are one a run: its parts below it, and below an attempt the calls that it makes", async () => {
    const job = await givenJob(scene.db, { retryCount: 2 });

    const { code, report, stderr } = await scene.retry([], env());

    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: "" });
    expect(collector.noted[0]).to.include({
      ...{ method: "POST", path: "/v1/traces", contentType: "application/x-protobuf" },
    });
    const spans = sent();
    const root = rootOf(spans);
    expect(new Set(spans.map(({ traceId }) => traceId)).size).to.equal(1);
    expect(root?.name).to.equal("retry-accounts");
    expect(root?.status).to.equal(0);
    expect(root?.attributes).to.include({
      "family_hub_jobs.run_id": report.runId,
      "family_hub_jobs.outcome": "completed",
      "family_hub_jobs.count.created": 1,
    });
    const parts = spans.filter(({ parentSpanId }) => parentSpanId === root?.spanId);
    expect(new Set(parts.map(({ name }) => name))).to.deep.equal(
      new Set([
        ...["take the lock", "survey the queue", "reach Zitadel"],
        ...["claim due jobs", "attempt job", "settle jobs"],
      ]),
    );
    const [attempt] = named(spans, "attempt job");
    expect(attempt?.attributes).to.deep.equal({
      "family_hub_jobs.job_id": job.id,
      "family_hub_jobs.retry_count": 2,
      "family_hub_jobs.outcome": "created",
    });
    const [call] = named(spans, "zitadel.user.v2.UserService/CreateUser");
    expect(call).to.include({ kind: 3, parentSpanId: attempt?.spanId, status: 0 });
    expect(call?.attributes).to.deep.equal({
      ...{ "rpc.system.name": "grpc", "rpc.method": "zitadel.user.v2.UserService/CreateUser" },
      ...{ "rpc.status_code": "OK", "server.address": "127.0.0.1" },
      "server.port": Number(new URL(scene.zitadel.url).port),
    });
    const [settle] = named(spans, "settle jobs");
    expect(settle?.kind).to.equal(3);
    expect(settle?.attributes).to.deep.equal({
      ...{ "db.system.name": "postgresql", "db.collection.name": QUEUE },
      ...{ "db.query.summary": "settle jobs", "db.operation.batch.size": 1 },
    });
    for (const { start, end } of spans) expect(end >= start && start > 0n).to.equal(true);
  });

  it("say who sends them, as OpenTelemetry's own variables add to it", async () => {
    await scene.retry([], env());
    await scene.retry([], {
      ...env(),
      OTEL_RESOURCE_ATTRIBUTES: "service.name=other, deployment.environment.name=pre%2Cview",
    });
    await scene.retry([], {
      ...env(),
      OTEL_SERVICE_NAME: "accounts",
      OTEL_TRACES_EXPORTER: "otlp",
    });

    const [first, second, third] = collector.noted.map(({ bytes }) => decodeTraces(bytes)[0]);
    expect(first?.resource).to.include({
      ...{ "service.name": "family-hub-jobs", "service.version": "1.0.0" },
      "telemetry.sdk.language": "nodejs",
    });
    expect(second?.resource).to.include({
      ...{ "service.name": "other", "deployment.environment.name": "pre,view" },
    });
    expect(third?.resource["service.name"]).to.equal("accounts");
  });

  it("are handed on to Zitadel, by gRPC and by HTTP, and kept with the attempt", async () => {
    const job = await givenJob(scene.db);

    await scene.retry([], env());

    const spans = sent();
    const context = ({ traceId, spanId }: SentSpan) => `00-${traceId}-${spanId}-01`;
    const calls = await scene.zitadel.control.calls();
    expect(calls).to.have.length.above(3);
    const clients = spans.filter(({ kind }) => kind === 3).map(context);
    for (const { method, traceparent } of calls) expect(clients, method).to.include(traceparent);
    expect(new Set(calls.map(({ traceparent }) => traceparent)).size).to.equal(calls.length);

    const [kept] = await scene.db.query<{ traceparent: string }>(
      "select traceparent from family_hub_jobs.attempts where job_id = $1",
      [job.id],
    );
    expect(kept?.traceparent).to.equal(named(spans, "attempt job").map(context)[0]);
    const { stdout } = await scene.cli(["queue", "show", job.id]);
    expect(stdout).to.include(`, trace ${spans[0]?.traceId}\n`);
  });

  it("link an attempt to the request that the API wrote with the job, where it wrote one", async () => {
    const column = `alter table ${QUEUE} add column traceparent varchar(100)`;
    const [linked, without, broken] = [
      await givenJob(scene.db),
      await givenJob(scene.db),
      await givenJob(scene.db),
    ];
    await scene.db.query(column);
    const write = `update ${QUEUE} set traceparent = $2 where id = $1`;
    await scene.db.query(write, [linked.id, `00-${REQUEST.trace}-${REQUEST.span}-01`]);
    await scene.db.query(write, [broken.id, `00-${"0".repeat(32)}-${REQUEST.span}-01`]);

    const { code } = await scene.retry([], env());
    await scene.db.query(`alter table ${QUEUE} drop column traceparent`);

    expect(code).to.equal(0);
    const linksOf = ({ id }: { id: string }) =>
      sent().find(({ attributes }) => attributes["family_hub_jobs.job_id"] === id)?.links;
    expect(linksOf(linked)).to.deep.equal([{ traceId: REQUEST.trace, spanId: REQUEST.span }]);
    expect(linksOf(without)).to.deep.equal([]);
    expect(linksOf(broken)).to.deep.equal([]);
  });

  it("report failures by their codes, and no names", async () => {
    const person = { username: "kid_tracewell", fullName: "Kim Tracewell" };
    await givenJob(scene.db, person);
    await scene.zitadel.control.addUser({ username: person.username });

    await scene.retry(["--strict"], env());

    const spans = sent();
    const [attempt] = named(spans, "attempt job");
    expect(attempt?.status).to.equal(2);
    expect(attempt?.attributes).to.include({
      ...{ "family_hub_jobs.outcome": "failed", "error.type": "username_taken" },
    });
    const [call] = named(spans, "zitadel.user.v2.UserService/CreateUser");
    expect(call?.attributes).to.include({
      ...{ "rpc.status_code": "ALREADY_EXISTS", "error.type": "ALREADY_EXISTS" },
    });
    for (const { bytes } of collector.noted) {
      expect(bytes.toString("latin1")).not.to.match(/tracewell/i);
      expectNoCanary("a trace", bytes.toString("latin1"));
    }
  });

  it("of a run that Zitadel ends show the call and the run as failed", async () => {
    await givenJob(scene.db);
    await scene.zitadel.control.setFaults([{ method: "discovery", kind: "http", status: 503 }]);

    const { code } = await scene.retry([], env());

    expect(code).to.equal(69);
    const spans = sent();
    const [discovery] = named(spans, "GET");
    expect(discovery?.attributes).to.include({
      ...{ "http.request.method": "GET", "http.response.status_code": 503, "error.type": "503" },
    });
    expect(rootOf(spans)?.attributes["error.type"]).to.equal("unavailable");
    expect(named(spans, "reach Zitadel")[0]?.attributes["error.type"]).to.equal(
      "IdentityUnavailable",
    );
  });

  it("come from purges, too, and from no dry run", async () => {
    await givenInvitation(scene.db, { expiresAt: "now() - interval '60 days'" });

    await scene.cli(["purge-invitations"], env());
    const purge = sent();
    const { length } = collector.noted;
    await scene.retry(["--dry-run"], env());

    expect(rootOf(purge)?.name).to.equal("purge-invitations");
    expect(named(purge, "purge a batch")[0]?.attributes["db.operation.batch.size"]).to.equal(1);
    expect(collector.noted).to.have.length(length);
  });

  it("go to an address of their own, with the headers of a file, as JSON where it is asked for", async () => {
    const headers = file("headers", `Authorization=Bearer%20${KEY},x-tenant=a`);

    await scene.retry([], {
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://elsewhere.example.com:4318",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/ingest/otlp`,
      OTEL_EXPORTER_OTLP_HEADERS_FILE: headers,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    });

    const [noted] = collector.noted;
    expect(noted).to.include({ path: "/ingest/otlp", contentType: "application/json" });
    expect(noted?.headers).to.include({ authorization: `Bearer ${KEY}`, "x-tenant": "a" });
    expect(JSON.parse(noted?.body ?? "")).to.have.nested.property("resourceSpans[0].scopeSpans");
  });

  for (const [name, off] of [
    ["OTEL_SDK_DISABLED", "true"],
    ["OTEL_TRACES_EXPORTER", "none"],
  ] as const) {
    it(`are none where ${name} is ${off}`, async () => {
      const { code } = await scene.retry([], { ...env(), [name]: off });

      expect(code).to.equal(0);
      expect(collector.noted).to.deep.equal([]);
    });
  }

  for (const answer of ["hang", "stall", "close", "fail", "redirect"] as const) {
    it(`change nothing about the run where the collector answers by ${answer}, which is said once`, async () => {
      await givenJob(scene.db);
      collector.answer(answer);

      const { code, report, stderr } = await scene.retry([], env());

      expect(code).to.equal(0);
      expect(report).to.include({ outcome: "completed", created: 1 });
      // Its answer began: it has them.
      if (answer === "stall") expect(stderr).to.equal("");
      else {
        expect(stderr.match(/^.*$/gm)?.filter((line) => line !== "")).to.have.length(1);
        expect(stderr).to.match(
          /^family-hub-jobs: the traces were not sent to http:\/\/127\.0\.0\.1:\d+ \(OTEL_EXPORTER_OTLP_ENDPOINT\): .*The run itself is not affected\.\n$/,
        );
      }
    });
  }

  it("change nothing about the run where nobody listens", async () => {
    const url = `http://127.0.0.1:${await freePort()}`;

    const { code, stderr } = await scene.retry([], { OTEL_EXPORTER_OTLP_ENDPOINT: url });

    expect(code).to.equal(0);
    expect(stderr).to.include("ECONNREFUSED").and.to.include(url);
  });

  it("load nothing where nobody asks for them", async () => {
    const loaded = async (url: string) =>
      (
        await loadedBy((added) =>
          scene.cli(["retry-accounts"], { ...added, OTEL_EXPORTER_OTLP_ENDPOINT: url }),
        )
      ).filter((path) => /opentelemetry|open-telemetry|span-exporter/.test(path));

    expect(await loaded("")).to.deep.equal([]);
    expect(await loaded(collector.url)).to.have.length.above(5);
    // By the built program, whose chunk they are.
    expect(rootOf(sent())?.name).to.equal("retry-accounts");
  });
});
