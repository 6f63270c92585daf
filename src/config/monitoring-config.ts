// The settings of monitoring: node_exporter, a Pushgateway, a dead-man switch, a trace collector.
import { isAbsolute } from "node:path";
import { readEndpoint, type Endpoint } from "./endpoint.ts";
import { SettingsReader, shown, type Environment } from "./settings-reader.ts";
import { readTracesConfig, type TracesConfig } from "./traces-config.ts";

export interface MonitoringConfig {
  readonly metricsDir: string | null;
  readonly pushgateway: Endpoint | null;
  readonly ping: Endpoint | null;
  readonly traces: TracesConfig | null;
}

export function readMonitoringConfig(settings: SettingsReader): MonitoringConfig {
  return {
    metricsDir: readMetricsDir(settings),
    pushgateway: readEndpoint(
      settings,
      "PUSHGATEWAY_URL",
      "an http:// or https:// address without a query, such as https://pushgateway.example.com:9091",
      ({ search }) => search === "",
    ),
    ping: readEndpoint(
      settings,
      "PING_URL",
      "an http:// or https:// address, such as https://hc-ping.com/ and the UUID of a check",
      () => true,
    ),
    traces: readTracesConfig(settings),
  };
}

/** Only the valid settings; a service with an invalid setting is left out. */
export function readValidMonitoring(env: Environment): MonitoringConfig {
  return readMonitoringConfig(new SettingsReader(env));
}

/** Cron and Kubernetes start a command in some directory: a relative path would not be found. */
function readMetricsDir(settings: SettingsReader): string | null {
  const path = settings.text("METRICS_DIR");
  if (path === null || isAbsolute(path)) return path;
  settings.fault(
    `METRICS_DIR names ${shown(path)}: it must be the absolute path of ` +
      "node_exporter's textfile directory, such as /var/lib/prometheus/node-exporter.",
  );
  return null;
}
