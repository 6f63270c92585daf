// Real watchers of real runs. Needs Debian's prometheus, -node-exporter, -pushgateway and -alertmanager.
import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { stringify } from "yaml";
import { CHECKOUT } from "../support/documents.ts";
import { useDirectory } from "../support/given-directory.ts";
import { givenJob } from "../support/given.ts";
import { readSamples, type Samples } from "../support/prometheus-text.ts";
import { setScene } from "../support/scene.ts";
import { useWatcher } from "../support/watcher.ts";
import { eventually, start, type Started } from "./started.ts";

const SUCCESS = "family_hub_jobs_last_success_timestamp_seconds";

interface Notification {
  readonly status: "firing" | "resolved";
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** Ours among what a server offers to Prometheus. */
async function scrape({ url }: Started): Promise<Samples> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const ours = text.split("\n").filter((line) => /^(# \w+ )?family_hub_jobs_/.test(line));
  return readSamples(`${ours.join("\n")}\n`);
}

describe("what runs report, to real watchers", () => {
  const scene = setScene();
  const directory = useDirectory();
  const receiver = useWatcher();
  const started: Started[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((server) => server.stop()));
  });

  const watch = async (...args: Parameters<typeof start>): Promise<Started> => {
    const server = await start(...args);
    started.push(server);
    return server;
  };
  const nodeExporter = () =>
    watch("prometheus-node-exporter", "prometheus-node-exporter", "/metrics", async () => [
      ...["--collector.disable-defaults", "--collector.textfile"],
      `--collector.textfile.directory=${directory()}`,
    ]);
  const pushgateway = () =>
    watch("prometheus-pushgateway", "prometheus-pushgateway", "/-/ready", async () => []);
  /** Sends without delay: to the test. */
  const alertmanager = () =>
    watch("prometheus-alertmanager", "prometheus-alertmanager", "/-/ready", async (folder) => {
      const config = join(folder, "alertmanager.yaml");
      const receivers = [{ name: "test", webhook_configs: [{ url: receiver.url }] }];
      const route = { receiver: "test", group_wait: "0s", group_interval: "1s" };
      await writeFile(config, stringify({ route, receivers }));
      return [
        ...[`--config.file=${config}`, `--storage.path=${folder}`],
        "--cluster.listen-address=",
      ];
    });
  const prometheus = (exporter: Started, alerts: Started) =>
    watch("prometheus", "prometheus", "/-/ready", async (folder) => {
      const config = join(folder, "prometheus.yaml");
      const at = ({ url }: Started) => [{ targets: [new URL(url).host] }];
      const settings = {
        global: { scrape_interval: "1s", evaluation_interval: "1s" },
        rule_files: [join(CHECKOUT, "deploy/monitoring/alerts.yaml")],
        scrape_configs: [{ job_name: "node", static_configs: at(exporter) }],
        alerting: { alertmanagers: [{ static_configs: at(alerts) }] },
      };
      await writeFile(config, stringify(settings));
      return [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, "data")}`];
    });
  const run = (...args: string[]) => scene.cli(args, { METRICS_DIR: directory() });

  it("is taken by node_exporter from the files of every command and shard, sample by sample", async () => {
    await givenJob(scene.db);
    await run("retry-accounts");
    await run("retry-accounts", "--shard", "2/8");
    await run("purge-jobs");
    const files = readdirSync(directory()).map((name) =>
      readFileSync(join(directory(), name), "utf8"),
    );

    const exporter = await nodeExporter();

    expect(files).to.have.length(3);
    const written = readSamples(...files);
    expect(Object.fromEntries(await scrape(exporter))).to.deep.equal(Object.fromEntries(written));
    const all = await (await fetch(`${exporter.url}/metrics`)).text();
    expect(all).to.match(/^node_textfile_scrape_error 0$/m);
  });

  it("is kept by a Pushgateway, the last success also after a run that failed", async () => {
    const gateway = await pushgateway();
    const env = { PUSHGATEWAY_URL: gateway.url };
    const { report } = await scene.retry([], env);
    await scene.retry(["--shard", "2/8"], env);
    await scene.cli(["retry-accounts"], { ...env, RETRY_DELAYS: "soon" });

    const samples = await scrape(gateway);

    const labels = `command="retry-accounts",instance="",job="family_hub_jobs_retry_accounts"`;
    expect(samples.get(`${SUCCESS}{${labels}}`)).to.equal(Date.parse(report.finishedAt) / 1000);
    const lastRun = samples.get(`family_hub_jobs_last_run_timestamp_seconds{${labels}}`);
    expect(lastRun).to.be.greaterThan(Date.parse(report.finishedAt) / 1000);
    expect([...samples.keys()]).to.include(`${SUCCESS}{${labels},shard="2/8"}`);
  });

  it("raises an alert at Alertmanager's receiver, and resolves it", async () => {
    const exporter = await nodeExporter();
    const asked = await prometheus(exporter, await alertmanager());
    const sees = (failed: number) =>
      eventually(`Prometheus sees ${failed} failed jobs`, async () => {
        const query = `family_hub_jobs:queue_jobs:newest{status="failed"} == ${failed}`;
        const answer = await fetch(`${asked.url}/api/v1/query?${new URLSearchParams({ query })}`);
        const { data } = (await answer.json()) as { data: { result: unknown[] } };
        return data.result.length > 0;
      });
    const notified = (status: Notification["status"]) =>
      eventually(`the receiver is notified: ${status}`, () =>
        all().some((one) => one.status === status),
      );
    const all = () => receiver.noted.map(({ body }) => JSON.parse(body) as Notification);
    await run("retry-accounts");
    await sees(0);

    const { id } = await givenJob(scene.db);
    await scene.zitadel.control.setFaults([
      { method: "CreateUser", kind: "grpc", code: 3, times: 1 },
    ]);
    await run("retry-accounts");
    // The gauges are sampled before a run's work.
    await run("retry-accounts");
    await notified("firing");
    await run("queue", "requeue", id, "--yes");
    await run("retry-accounts");
    await run("retry-accounts");
    await notified("resolved");

    expect(all().map(({ status }) => status)).to.deep.equal(["firing", "resolved"]);
    const [{ alerts }] = all() as [Notification];
    expect(alerts.map(({ labels }) => labels)).to.deep.equal([
      { alertname: "FamilyHubJobsFailedPermanently", severity: "ticket", status: "failed" },
    ]);
    expect(alerts[0]?.annotations).to.include({
      summary: "Jobs that failed permanently within the hour: 1",
    });
  });
});
