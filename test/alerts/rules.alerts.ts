// The alert rules as Prometheus takes them. Needs Debian's prometheus package.
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { parse, stringify } from "yaml";
import { dashboardQueries } from "../support/monitoring-files.ts";
import { CHECKOUT } from "../support/documents.ts";
import { promtool } from "./promtool.ts";

const MONITORING = join(CHECKOUT, "deploy/monitoring");
const TESTS = join(MONITORING, "alerts.test.yaml");

describe("deploy/monitoring/alerts.yaml", () => {
  it("is valid", async () => {
    const { code, stderr } = await promtool(["check", "rules", join(MONITORING, "alerts.yaml")]);

    expect(code, stderr).to.equal(0);
  });

  it("raises each alert when it must, with its words, and not when nearly", async function () {
    this.timeout(120_000);

    const { code, stdout, stderr } = await promtool(["test", "rules", TESTS]);

    expect(code, stdout + stderr).to.equal(0);
  });

  it("has of each alert a case in which it comes, and one in which it does not", () => {
    const rules = readFileSync(join(MONITORING, "alerts.yaml"), "utf8");
    const { tests } = parse(readFileSync(TESTS, "utf8")) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts: object[] }[] }[];
    };
    const asked = tests.flatMap((test) => test.alert_rule_test);
    const names = [...rules.matchAll(/^ +- alert: (\w+)$/gm)].map(([, name]) => name);

    const comes = asked.filter((one) => one.exp_alerts.length > 0).map((one) => one.alertname);
    const stays = asked.filter((one) => one.exp_alerts.length === 0).map((one) => one.alertname);
    expect([...new Set(comes)]).to.have.members(names);
    expect([...new Set(stays)]).to.have.members(names);
  });
});

describe("deploy/monitoring/grafana-dashboard.json", () => {
  it("asks what Prometheus understands", async () => {
    const rules = dashboardQueries().map((expr, at) => ({ record: `panel:query_${at}`, expr }));
    const folder = await mkdtemp(join(tmpdir(), "family-hub-dashboard-"));
    const file = join(folder, "rules.yaml");
    await writeFile(file, stringify({ groups: [{ name: "panels", rules }] }));

    const { code, stdout, stderr } = await promtool(["check", "rules", file]);
    await rm(folder, { recursive: true });

    expect(code, stderr).to.equal(0);
    expect(stdout).to.include(`${rules.length} rules found`);
  });
});
