// The alert rules and the dashboard of deploy/monitoring, as far as tests look into them.
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { CHECKOUT } from "./documents.ts";

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Recorded {
  readonly record: string;
  readonly expr: string;
}

export interface Panel {
  readonly id: number;
  readonly type: "stat" | "timeseries";
  readonly title: string;
  readonly description: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
  readonly fieldConfig: {
    readonly defaults: {
      readonly unit: string;
      readonly thresholds: { readonly steps: readonly { color: string; value: number | null }[] };
      readonly mappings: readonly {
        readonly options: Readonly<Record<string, { text: string }>>;
      }[];
      readonly custom?: {
        readonly drawStyle: "line" | "bars";
        readonly stacking: { readonly mode: "none" | "normal" };
        readonly thresholdsStyle?: { readonly mode: string };
      };
    };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly value: { readonly fixedColor: string } }[];
    }[];
  };
}

const FOLDER = `${CHECKOUT}deploy/monitoring`;

export function alertRules(): {
  readonly alerts: readonly Alert[];
  readonly recorded: readonly Recorded[];
} {
  const { groups } = parse(readFileSync(`${FOLDER}/alerts.yaml`, "utf8")) as {
    groups: { rules: (Alert | Recorded)[] }[];
  };
  const rules = groups.flatMap((group) => group.rules);
  return {
    alerts: rules.filter((rule) => "alert" in rule),
    recorded: rules.filter((rule) => "record" in rule),
  };
}

export function dashboardPanels(): readonly Panel[] {
  const text = readFileSync(`${FOLDER}/grafana-dashboard.json`, "utf8");
  return (JSON.parse(text) as { panels: Panel[] }).panels;
}

export function dashboardQueries(): string[] {
  return dashboardPanels().flatMap(({ targets }) => targets.map(({ expr }) => expr));
}
