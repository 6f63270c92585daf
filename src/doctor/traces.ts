// Checks whether the trace collector accepts requests, with an empty one.
import { ok, warn, type Check } from "./check.ts";

const COLLECTOR_TIMEOUT_MS = 5000;

/** Only a warning: no run fails because of it. */
export const TRACES: Check = {
  name: "traces",
  group: "Configuration",
  settings: ["monitoring"],
  look: async (context) => {
    const { traces } = context.setting("monitoring");
    if (traces === null) return [];
    const { tryCollector } = await import("../monitoring/open-telemetry.ts");
    const failure = await tryCollector(traces, AbortSignal.timeout(COLLECTOR_TIMEOUT_MS));
    const { origin } = traces.endpoint;
    if (failure === null) return ok(`${origin} accepts them`);
    return warn(
      `${origin} does not accept them: ${failure.why}`,
      failure.untrusted === true
        ? "set OTEL_EXPORTER_OTLP_CERTIFICATE to the file of the CA that signed its certificate"
        : `check ${traces.setting} and its headers; the collector must accept OTLP over HTTP`,
    );
  },
};
