// deploy/monitoring uses only metrics that a run reports, and its numbers match the schedules.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";
import { useDirectory } from "../support/given-directory.ts";
import { alertRules, dashboardPanels, dashboardQueries } from "../support/monitoring-files.ts";
import { readSamples } from "../support/prometheus-text.ts";
import { setScene } from "../support/scene.ts";

const { alerts, recorded } = alertRules();
const RULES = [...alerts, ...recorded].map(({ expr }) => expr);

/** Metrics, by name the labels and their values; what Prometheus adds itself may have any value. */
type Told = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

describe("deploy/monitoring", () => {
  const scene = setScene();
  const directory = useDirectory();

  async function whatRunsTell(): Promise<Told> {
    const env = { METRICS_DIR: directory() };
    await scene.cli(["retry-accounts"], env);
    await scene.cli(["retry-accounts", "--shard", "2/2"], env);
    await scene.cli(["purge-invitations"], env);
    await scene.cli(["purge-jobs"], env);
    const files = readdirSync(directory()).map((name) => join(directory(), name));
    const told = new Map<string, Map<string, Set<string>>>();
    for (const key of readSamples(...files.map((file) => readFileSync(file, "utf8"))).keys()) {
      const [name = ""] = key.split("{");
      const labels = told.get(name) ?? new Map<string, Set<string>>();
      for (const [, label = "", value = ""] of key.matchAll(/(\w+)="([^"]*)"/g))
        labels.set(label, (labels.get(label) ?? new Set()).add(value));
      told.set(name, labels);
    }
    return told;
  }

  it("asks for metrics, labels and values that runs tell, and for no others", async () => {
    const told = await whatRunsTell();
    const rules = new Map(recorded.map(({ record, expr }) => [record, expr]));

    for (const expr of [...RULES, ...dashboardQueries()]) {
      const selectors = [...expr.matchAll(/\b(family_hub_jobs[\w:]+)(?:\{([^}]*)\})?/g)];
      expect(selectors, expr).not.to.deep.equal([]);
      for (const [, name = "", matchers = ""] of selectors) {
        const source = rules.get(name) ?? name;
        const [metric = ""] = /family_hub_jobs_\w+/.exec(source) ?? [];
        expect([...told.keys()], expr).to.include(metric);
        for (const [, label = "", sign = "", value = ""] of matchers.matchAll(
          /(\w+)(=~|!=|=)"([^"]*)"/g,
        )) {
          const values = [...(told.get(metric)?.get(label) ?? [])];
          const wanted = sign === "=~" ? value.split("|").map((one) => new RegExp(`^${one}$`)) : [];
          if (sign !== "=~") expect(values, expr).to.include(value);
          for (const form of wanted)
            expect(values.join("\n"), expr).to.match(new RegExp(form, "m"));
        }
      }
      for (const [, labels = ""] of expr.matchAll(/\b(?:by|on|group_left) \(([^)]*)\)/g))
        for (const label of labels.split(", "))
          expect(["job", "instance", "shard", "command", "outcome", "status"], expr).to.include(
            label,
          );
    }
  });

  it("says of each alert its severity, what is wrong, what to type, and where more stands", () => {
    for (const { alert, labels, annotations, ...rule } of alerts) {
      expect(labels, alert).to.have.keys("severity");
      expect(labels["severity"], alert).to.be.oneOf(["page", "ticket"]);
      expect(rule.for, alert).to.match(/^\d+[mh]$/);
      expect(annotations, alert).to.have.keys("summary", "description", "runbook");
      expect(annotations["description"], alert).to.match(/Next: (check Zitadel; )?fhj [a-z]/);
      const [file = "", anchor = ""] = annotations["runbook"]?.split("#") ?? [];
      expect(existsSync(join(CHECKOUT, file)), file).to.equal(true);
      const headings = readFileSync(join(CHECKOUT, file), "utf8").matchAll(/^#+ (.*)$/gm);
      const anchors = [...headings].map(([, text = ""]) =>
        text
          .toLowerCase()
          .replace(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      );
      expect(anchors, alert).to.include(anchor);
    }
  });

  it("takes a run for near its deadline at four fifths of what the schedules give it", () => {
    const near = alerts.find(({ alert }) => alert === "FamilyHubJobsNearDeadline")?.expr ?? "";
    const [run, purge] = [...near.matchAll(/\) > (\d+)/g)].map(([, number]) => Number(number));
    const schedules = [
      readFileSync(`${CHECKOUT}crontab.example`, "utf8"),
      ...["retry-accounts", "purge-jobs", "purge-invitations"].map((name) =>
        readFileSync(`${CHECKOUT}deploy/kubernetes/base/${name}.yaml`, "utf8"),
      ),
      readFileSync(`${CHECKOUT}deploy/kubernetes/sharded/retry-accounts.yaml`, "utf8"),
    ].join("\n");

    const given = [...schedules.matchAll(/(retry-accounts|purge-\w+),?.* --max-duration,? (\w+)/g)];
    expect(given).to.have.length(7);
    for (const [line, command, duration] of given)
      expect(duration, line).to.equal(command === "retry-accounts" ? "50s" : "25m");
    expect({ run, purge }).to.deep.equal({ run: 0.8 * 50, purge: 0.8 * 25 * 60 });
  });
});

describe("deploy/monitoring/grafana-dashboard.json", () => {
  const panels = dashboardPanels();

  it("has panels that lie side by side, each with a title, a unit and what it says", () => {
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    const taken = new Set<string>();
    for (const { title, description, fieldConfig, gridPos, targets } of panels) {
      expect(title).not.to.equal("");
      expect(description, title).to.match(/\.$/);
      expect(fieldConfig.defaults.unit, title).to.be.oneOf(["s", "short", "none"]);
      expect(targets, title).not.to.deep.equal([]);
      expect(gridPos.x + gridPos.w, title).to.be.at.most(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x},${y}`), title).to.equal(false);
          taken.add(`${x},${y}`);
        }
    }
    expect(taken.size).to.equal(
      24 * Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h)),
    );
  });

  it("turns red where the alert that a panel names is raised", () => {
    const thresholds = { NoSuccess: 180, AccountsLate: 900, BreakerOpen: 1, NearDeadline: 40 };
    for (const [name, number] of Object.entries(thresholds)) {
      const rule = alerts.find(({ alert }) => alert === `FamilyHubJobs${name}`);
      const panel = panels.find(({ description }) => description.includes(rule?.alert ?? "?"));
      const red = panel?.fieldConfig.defaults.thresholds.steps.find(({ color }) => color === "red");

      expect(rule?.expr, name).to.match(new RegExp(`(>|==) ${number}\\b`));
      expect(red?.value, name).to.equal(number);
    }
  });

  it("names only alerts that there are, and of them each that a panel can show", () => {
    const named = panels.flatMap(({ description }) => description.match(/FamilyHub\w+/g) ?? []);

    expect(alerts.map(({ alert }) => alert)).to.include.members(named);
    expect(named).to.have.length(8);
  });

  it("asks whichever Prometheus was chosen", () => {
    const text = readFileSync(`${CHECKOUT}deploy/monitoring/grafana-dashboard.json`, "utf8");

    expect([...text.matchAll(/"uid": "(.*)"/g)].map(([, uid]) => uid)).to.have.members([
      "family-hub-jobs",
      ...Array.from({ length: 2 * panels.length }, () => "${datasource}"),
    ]);
  });
});
