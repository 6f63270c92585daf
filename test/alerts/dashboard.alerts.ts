// The dashboard, asked by a real Prometheus about an hour of real runs.
//
// With REWRITE_DOCS=1 docs/images/dashboard.svg is drawn from the answers: look at it.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";
import { useDirectory } from "../support/given-directory.ts";
import { alertRules, dashboardPanels, type Panel } from "../support/monitoring-files.ts";
import { setScene } from "../support/scene.ts";
import { drawDashboard, type Answered } from "./draw-dashboard.ts";
import { COLOURS, type Curve } from "./draw-words.ts";
import { inFull } from "./in-full.ts";
import { BEGINS_S, liveAnHour, MINUTES, OUTAGE } from "./hour.ts";
import { isSeen } from "./draw-series.ts";
import { startPrometheus, type Prometheus, type Series } from "./promtool.ts";

const PICTURE = `${CHECKOUT}docs/images/dashboard.svg`;
const REWRITING = process.env["REWRITE_DOCS"] === "1";
const SPAN = { from: BEGINS_S, to: BEGINS_S + 60 * MINUTES };
const PALETTE = ["green", "blue", "orange", "purple", "yellow"];

async function ask(prometheus: Prometheus, panel: Panel): Promise<Answered> {
  const [target] = panel.targets;
  if (target === undefined) throw new Error(`${panel.title} asks nothing`);
  const series = await prometheus.queryRange(target.expr, SPAN.from + 60, SPAN.to, 60);
  return { panel, curves: series.map((one, at) => curveOf(panel, target.legendFormat, one, at)) };
}

function curveOf(panel: Panel, legend: string, { metric, values }: Series, at: number): Curve {
  const name = legend.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? "").trim();
  const own = panel.fieldConfig.overrides.find(({ matcher }) => matcher.options === name);
  const colour = own?.properties[0]?.value.fixedColor ?? PALETTE[at % PALETTE.length] ?? "green";
  const points = values.map(([time, value]) => [time, Number(value)] as const);
  return { name, colour: COLOURS[colour] ?? "#111827", points };
}

/** Minutes of the hour in which the condition of an alert held, or an expression. */
async function raised(prometheus: Prometheus, name: string): Promise<number[]> {
  const found = alertRules().alerts.find(({ alert }) => alert === `FamilyHubJobs${name}`);
  const query = inFull(found?.expr ?? name);
  const series = await prometheus.queryRange(query, SPAN.from + 60, SPAN.to, 60);
  const times = series.flatMap(({ values }) => values.map(([time]) => (time - SPAN.from) / 60));
  return times.toSorted((a, b) => a - b);
}

describe("the dashboard of an hour in which Zitadel was down", function () {
  this.timeout(300_000);
  const scene = setScene();
  const directory = useDirectory();

  it("shows in each panel what happened, as the alerts report it and the documents draw it", async () => {
    const prometheus = await startPrometheus(await liveAnHour(scene, directory()));
    const answered: Answered[] = [];
    const held: Record<string, number[]> = {};
    try {
      for (const name of ["NoSuccess", "AccountsLate", "BreakerOpen", "Silent", "NearDeadline"])
        held[name] = await raised(prometheus, name);
      for (const panel of dashboardPanels()) answered.push(await ask(prometheus, panel));
    } finally {
      await prometheus.stop();
    }
    if (REWRITING) {
      await mkdir(dirname(PICTURE), { recursive: true });
      await writeFile(PICTURE, drawDashboard(answered, SPAN));
    }

    const curve = (title: string, name = "") =>
      answered
        .find(({ panel }) => panel.title === title)
        ?.curves.find((one) => name === "" || one.name === name)
        ?.points.map(([, value]) => value) ?? [];
    expect(curve("Last success").at(-1)).to.be.within(50, 60);
    expect(Math.max(...curve("Last success"))).to.be.within(1140, 1320);
    expect(Math.max(...curve("Oldest due"))).to.be.within(1100, 1300);
    expect(curve("Oldest due").at(-1)).to.be.below(10);
    expect(curve("Failed permanently").at(-1)).to.equal(1);
    expect([Math.max(...curve("Breaker")), curve("Breaker").at(-1)]).to.deep.equal([1, 0]);
    expect(new Set(curve("Paused"))).to.deep.equal(new Set([0]));
    expect(Math.max(...curve("Outcomes of jobs, per run", "retried"))).to.be.within(1, 10);
    expect(Math.max(...curve("Queue by status", "pending"))).to.be.within(40, 70);
    expect(Math.max(...curve("Duration of runs"))).to.be.within(0.1, 50);
    expect(curve("Rows deleted by the last purge", "purge-invitations").at(-1)).to.equal(14);
    expect(curve("Rows deleted by the last purge", "purge-jobs").at(-1)).to.be.at.least(23);
    const span = (name: string) => [held[name]?.[0], held[name]?.at(-1)];
    expect(span("NoSuccess")[0]).to.be.within(OUTAGE.begins + 2, OUTAGE.begins + 4);
    expect(span("NoSuccess")[1]).to.be.within(OUTAGE.ends - 1, OUTAGE.ends + 1);
    expect(span("AccountsLate")[0]).to.be.within(OUTAGE.begins + 14, OUTAGE.begins + 18);
    expect(span("AccountsLate")[1]).to.be.within(OUTAGE.ends, OUTAGE.ends + 1);
    expect(span("BreakerOpen")[0]).to.be.within(OUTAGE.begins + 1, OUTAGE.begins + 4);
    expect(span("BreakerOpen")[1]).to.be.within(OUTAGE.ends, OUTAGE.ends + 2);
    expect([held["Silent"], held["NearDeadline"]]).to.deep.equal([[], []]);
    const picture = await readFile(PICTURE, "utf8");
    for (const { panel, curves } of answered) {
      expect(picture).to.include(`>${panel.title}</text>`);
      if (panel.type === "timeseries")
        for (const { name } of curves.filter(isSeen)) {
          expect(picture).to.include(`>${name}</text>`);
        }
    }
  });
});
