// Where the metrics of each run are written for node_exporter.
import type { SettingsReader } from "./settings-reader.ts";

export interface MetricsConfig {
  /** null: nowhere. */
  readonly dir: string | null;
}

export function readMetricsConfig(settings: SettingsReader): MetricsConfig {
  return { dir: settings.text("METRICS_DIR") };
}
