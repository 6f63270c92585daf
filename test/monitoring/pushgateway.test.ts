// What a Pushgateway is sent after which run, and that nothing about it harms a run.
import { expect } from "chai";
import { plantCanary } from "../support/canaries.ts";
import { useFiles } from "../support/given-settings.ts";
import { givenJob } from "../support/given.ts";
import { freePort } from "../support/postgres.ts";
import { readSamples } from "../support/prometheus-text.ts";
import { readRuns } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";
import { CERTIFICATE_FILE, startTlsServer } from "../support/tls-server.ts";
import { useWatcher } from "../support/watcher.ts";

const PASSWORD = "pushgateway-secret-word-77";
plantCanary("the password of PUSHGATEWAY_URL", PASSWORD);

describe("PUSHGATEWAY_URL", () => {
  const scene = setScene();
  const watcher = useWatcher();
  const file = useFiles();
  const env = () => ({ PUSHGATEWAY_URL: watcher.url });
  const pushed = () => watcher.noted.map(({ body }) => readSamples(body));

  it("is sent the metrics of a run by one POST, under its job alone", async () => {
    await givenJob(scene.db);

    const { code, report } = await scene.retry([], env());

    expect(code).to.equal(0);
    expect(watcher.noted).to.have.length(1);
    expect(watcher.noted[0]).to.include({
      ...{ method: "POST", path: "/metrics/job/family_hub_jobs_retry_accounts" },
      ...{ contentType: "text/plain; version=0.0.4", authorization: null },
    });
    const [samples] = pushed();
    const success = 'family_hub_jobs_last_success_timestamp_seconds{command="retry-accounts"}';
    expect(samples?.get(success)).to.equal(Date.parse(report.finishedAt) / 1000);
    expect(samples?.get('family_hub_jobs_queue_jobs{status="pending"}')).to.equal(1);
    expect(
      samples?.get('family_hub_jobs_last_run_jobs{command="retry-accounts",outcome="created"}'),
    ).to.equal(1);
  });

  it("gets no last success from a failed run, so that the earlier one stays", async () => {
    await scene.cli(["purge-jobs"], { ...env(), JOB_RETENTION: "soon" });

    expect(watcher.noted[0]?.path).to.equal("/metrics/job/family_hub_jobs_purge_jobs");
    const [samples] = pushed();
    expect(
      samples?.has('family_hub_jobs_last_run_timestamp_seconds{command="purge-jobs"}'),
    ).to.equal(true);
    expect(watcher.noted[0]?.body).not.to.include("last_success");
  });

  it("has a group for each part of the queue", async () => {
    await scene.cli(["retry-accounts", "--shard", "2/8"], env());

    const path = `/metrics/job/family_hub_jobs_retry_accounts/shard@base64/${btoa("2/8").replace(/=+$/, "")}`;
    expect(watcher.noted.map((noted) => noted.path)).to.deep.equal([path]);
  });

  it("may have a path, a slash at its end and a user, and come from a file", async () => {
    const url = watcher.url.replace("//", `//jobs:${PASSWORD}@`);

    await scene.cli(["retry-accounts"], { PUSHGATEWAY_URL_FILE: file("url", `${url}/push/\n`) });

    expect(watcher.noted[0]).to.include({
      path: "/push/metrics/job/family_hub_jobs_retry_accounts",
      authorization: `Basic ${btoa(`jobs:${PASSWORD}`)}`,
    });
  });

  it("is sent nothing by a dry run", async () => {
    await scene.cli(["retry-accounts", "--dry-run"], env());

    expect(watcher.noted).to.deep.equal([]);
  });

  it("that refuses, redirects, closes or is not there is reported, and fails no run", async () => {
    const address = watcher.url.replace("//", `//jobs:${PASSWORD}@`);
    const said: Record<string, string> = {};
    for (const how of ["fail", "redirect", "close", "notFound"] as const) {
      watcher.answer(how);
      const { code, stderr } = await scene.cli(["retry-accounts", "-q"], {
        PUSHGATEWAY_URL: address,
      });
      expect(code).to.equal(0);
      said[how] = stderr;
    }
    const nobody = `http://jobs:${PASSWORD}@127.0.0.1:${await freePort()}`;
    const { code, stderr } = await scene.cli(["retry-accounts"], { PUSHGATEWAY_URL: nobody });

    const before = `family-hub-jobs: the metrics were not pushed to ${watcher.url} (PUSHGATEWAY_URL): `;
    const after = ". The run itself is not affected.\n";
    expect(said["fail"]).to.equal(`${before}it answered 500${after}`);
    expect(said["redirect"]).to.include(`${before}it answered 301, a redirect`);
    expect(said["close"]).to.equal(`${before}ECONNRESET${after}`);
    expect(said["notFound"]).to.equal(`${before}it answered 404${after}`);
    expect(code).to.equal(0);
    expect(stderr).to.include("ECONNREFUSED");
    expect(Object.values(said).join() + stderr).not.to.include(PASSWORD);
    expect(watcher.noted).to.have.length(4);
  });

  it("whose certificate nobody signed is sent nothing, where NODE_TLS_REJECT_UNAUTHORIZED is 0", async () => {
    const server = await startTlsServer();
    const settings = { PUSHGATEWAY_URL: server.url, PING_URL: server.url };

    const distrusted = await scene.cli(["retry-accounts"], {
      ...{ ...settings, NODE_TLS_REJECT_UNAUTHORIZED: "0" },
    });
    const before = [...server.paths];
    const trusted = await scene.cli(["retry-accounts"], {
      ...{ ...settings, NODE_EXTRA_CA_CERTS: CERTIFICATE_FILE },
    });
    await server.stop();

    expect([distrusted.code, trusted.code]).to.deep.equal([0, 0]);
    expect(distrusted.stderr.match(/DEPTH_ZERO_SELF_SIGNED_CERT/g)).to.have.length(2);
    expect(before).to.deep.equal([]);
    expect(trusted.stderr).to.equal("");
    expect(server.paths).to.have.length(3);
  });

  it("that is malformed is 78 before anything is touched, and not repeated", async () => {
    const wrong = [
      PASSWORD,
      `ws://jobs:${PASSWORD}@push:9091`,
      `http://push:9091/?key=${PASSWORD}`,
    ];

    const results = await Promise.all(
      wrong.map((PUSHGATEWAY_URL) => scene.cli(["keys", "rotate"], { PUSHGATEWAY_URL })),
    );

    for (const { code, stdout, stderr } of results) {
      expect({ code, stdout }).to.deep.equal({ code: 78, stdout: "" });
      expect(stderr).to.include("PUSHGATEWAY_URL").and.not.to.include(PASSWORD);
    }
    expect(await readRuns(scene.db)).to.deep.equal([]);
  });
});
