// The settings of monitoring: which addresses and directories are accepted, and what is kept of them.
import { expect } from "chai";
import { inspect } from "node:util";
import { readValidMonitoring } from "../../src/config/monitoring-config.ts";
import { complaint, readAll } from "../support/given-settings.ts";

const SECRET = "hunter2";

describe("METRICS_DIR", () => {
  it("is an absolute path, or nothing", () => {
    expect(readAll().monitoring.metricsDir).to.equal(null);
    expect(readAll({ METRICS_DIR: " " }).monitoring.metricsDir).to.equal(null);
    expect(readAll({ METRICS_DIR: "/not/there" }).monitoring.metricsDir).to.equal("/not/there");
    expect(complaint({ METRICS_DIR: "./var/metrics" }, ["monitoring"])).to.equal(
      "METRICS_DIR names ./var/metrics: it must be the absolute path of node_exporter's textfile " +
        "directory, such as /var/lib/prometheus/node-exporter.",
    );
  });
});

for (const [name, section] of [
  ["PING_URL", "ping"],
  ["PUSHGATEWAY_URL", "pushgateway"],
] as const) {
  describe(name, () => {
    it("is an address whose password goes into a header, and of which little is shown", () => {
      const url = `https://jobs:p%40${SECRET}@Watch.example.com:8443/a/${SECRET}`;

      const { [section]: endpoint } = readAll({ [name]: url }).monitoring;

      expect(endpoint?.origin).to.equal("https://watch.example.com:8443");
      expect(endpoint?.url.reveal()).to.equal(`https://watch.example.com:8443/a/${SECRET}`);
      expect(endpoint?.authorization?.reveal()).to.equal(`Basic ${btoa(`jobs:p@${SECRET}`)}`);
      expect(inspect(endpoint, { depth: 5 }) + JSON.stringify(endpoint)).not.to.include(SECRET);
    });

    it("may be http, and name nobody", () => {
      const { [section]: endpoint } = readAll({ [name]: "http://127.0.0.1:9091" }).monitoring;

      expect(endpoint?.origin).to.equal("http://127.0.0.1:9091");
      expect(endpoint?.authorization).to.equal(null);
    });

    const wrong = [SECRET, `ftp://x/${SECRET}`, "https://", `https://x/#${SECRET}`];
    for (const text of [...wrong, `https://a:${SECRET}%@x`, `file:///${SECRET}`]) {
      it(`may not be ${text}, which is not repeated`, () => {
        const said = complaint({ [name]: text }, ["monitoring"]);

        expect(said).to.include(`${name} is "[redacted]": it must be an http`);
        expect(said).not.to.include(SECRET);
      });
    }

    for (const text of [`http://u:1234/${SECRET}@host`, `https://x/?a=${SECRET}@y`]) {
      it(`may not be ${text}, which names another host than it seems`, () => {
        const said = complaint({ [name]: text }, ["monitoring"]);

        expect(said).to.match(/^\w+ is "\[redacted\]": an @ .* must be %40/);
        expect(said).not.to.include(SECRET);
      });
    }
  });
}

describe("what is valid of these settings", () => {
  it("is taken, though others are not", () => {
    const env = { METRICS_DIR: "/metrics", PING_URL: "none", PUSHGATEWAY_URL: "http://push:9091" };

    const { metricsDir, ping, pushgateway } = readValidMonitoring(env);

    expect({ metricsDir, ping }).to.deep.equal({ metricsDir: "/metrics", ping: null });
    expect(pushgateway?.origin).to.equal("http://push:9091");
  });

  it("has no query where a path is to be appended", () => {
    const said = complaint({ PUSHGATEWAY_URL: `http://push:9091/?key=${SECRET}` }, ["monitoring"]);

    expect(said).to.include("without a query").and.not.to.include(SECRET);
  });
});
