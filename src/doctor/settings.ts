// Checks that need no server: each setting, and whether settings fit together.
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { formatDuration } from "../config/units.ts";
import { fail, ok, skip, warn, type Check, type Finding } from "./check.ts";
import { splitSettingFault } from "./advice.ts";

/** Reports every error, not only the first. */
export const SETTINGS_CHECK: Check = {
  name: "settings",
  group: "Configuration",
  look: async ({ survey }) =>
    survey.settings.flatMap(({ name, text, faults }): Finding[] => {
      if (faults.length === 0) return [{ ...ok(text), name }];
      return faults.map((fault) => {
        const { found, fix } = splitSettingFault(fault);
        return { ...fail(found, fix ?? `correct ${name}`), name };
      });
    }),
};

/** To create, again with a new token, to look up the ID twice and the name once. */
const MOST_CALLS_FOR_A_JOB = 5;

/** A lease that is shorter than a single call is a configuration error. */
export const LEASE: Check = {
  name: "lease",
  group: "Configuration",
  settings: ["retry", "zitadel"],
  look: async (context) => {
    const { leaseMs } = context.setting("retry");
    const { timeoutMs } = context.setting("zitadel");
    // Reported with the settings.
    if (leaseMs <= timeoutMs) return skip("not checked: see RETRY_LEASE");
    const worstMs = MOST_CALLS_FOR_A_JOB * timeoutMs;
    const lease = formatDuration(leaseMs);
    if (leaseMs > worstMs) {
      return ok(`${lease} is longer than the slowest job, ${formatDuration(worstMs)}`);
    }
    return warn(
      `RETRY_LEASE is ${lease}, and a job can take ${formatDuration(worstMs)} ` +
        `(${MOST_CALLS_FOR_A_JOB} calls of ZITADEL_TIMEOUT ${formatDuration(timeoutMs)}): ` +
        "if a run hangs for that long, another run takes over its job",
      `set RETRY_LEASE to more than ${formatDuration(worstMs)}, or ZITADEL_TIMEOUT to less`,
    );
  },
};

export const RETRY_DELAYS: Check = {
  name: "retry delays",
  group: "Configuration",
  settings: ["retry"],
  look: async (context) => {
    const { delaysMs } = context.setting("retry").schedule;
    const minutes = Math.round(delaysMs.reduce((sum, ms) => sum + ms, 0) / 60_000);
    const delays = delaysMs.map(formatDuration).join(", ");
    const shrinking = delaysMs.some((ms, index) => ms < (delaysMs[index - 1] ?? 0));
    if (!shrinking) {
      const after = `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
      return ok(`the last of ${delaysMs.length} retries comes after ${after}`);
    }
    return warn(
      `the delays do not grow: ${delays}`,
      "write RETRY_DELAYS from the shortest to the longest, such as 1m,5m,15m,1h,4h",
    );
  },
};

/** Others on the network could read it; on this host nobody can. */
export const MONITORING: Check = {
  name: "watchers",
  group: "Configuration",
  settings: ["monitoring"],
  look: async (context) => {
    const { ping, pushgateway, traces } = context.setting("monitoring");
    const watchers = Object.entries({
      PING_URL: ping,
      PUSHGATEWAY_URL: pushgateway,
      ...(traces !== null && { [traces.setting]: traces.endpoint }),
    });
    return watchers.flatMap(([name, endpoint]): Finding[] => {
      if (endpoint === null) return [];
      const { authorization, origin, proxy } = endpoint;
      const through = proxy === null ? "" : `, through ${proxy.origin} (${proxy.setting})`;
      const { protocol, hostname } = new URL(origin);
      const plain = protocol === "http:" && !/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
      if (authorization === null || !plain)
        return [{ ...ok(`${origin}${through}`), name: `${name} address` }];
      const found = `${name} sends its password to ${origin} in plain text`;
      return [{ ...warn(found, `write https:// in ${name}`), name: `${name} address` }];
    });
  },
};

export const METRICS: Check = {
  name: "metrics directory",
  group: "Configuration",
  settings: ["monitoring"],
  look: async (context) => {
    const { metricsDir: dir } = context.setting("monitoring");
    if (dir === null) return skip("METRICS_DIR is not set");
    const fix = `\`mkdir -p\` it and let the runs' user write there, or unset METRICS_DIR`;
    try {
      if (!(await stat(dir)).isDirectory()) return fail("METRICS_DIR is not a directory", fix);
      await access(dir, constants.W_OK | constants.X_OK);
      return ok("can be written");
    } catch (error) {
      const { code = "unknown error" } = error as NodeJS.ErrnoException;
      return fail(`METRICS_DIR cannot be written (${code})`, fix);
    }
  },
};
