// Several hosts of one database, as in libpq, and which of them may be used.
import type { SettingsReader } from "./settings-reader.ts";

/** Which server to use: the first that answers, or the first that accepts changes. */
export type TargetSession = "any" | "read-write";

/** `primary` has the same result as `read-write`: a standby accepts no changes. */
const TARGETS: Readonly<Record<string, TargetSession>> = {
  any: "any",
  "read-write": "read-write",
  primary: "read-write",
};

/** One address for each host of `postgres://h1:5432,h2:5432/db`, in the given order. */
export function addressOfEach(url: string): string[] {
  const [, before = "", hosts = "", after = ""] =
    /^(\w+:\/\/(?:[^/?#]*@)?)([^/?#@]*)([^]*)$/.exec(url) ?? [];
  return hosts.split(",").map((host) => `${before}${host}${after}`);
}

export interface HostAndPort {
  readonly host: string;
  readonly port: string;
}

/** @returns null if PGHOST names one host: the driver itself reads it */
export function readHostVariables(settings: SettingsReader): HostAndPort[] | null {
  const hosts = settings.text("PGHOST")?.split(",") ?? [];
  if (hosts.length < 2) return null;
  const ports = settings.text("PGPORT")?.split(",") ?? ["5432"];
  if (ports.length !== 1 && ports.length !== hosts.length) {
    settings.fault(
      `PGPORT names ${ports.length} ports, but PGHOST ${hosts.length} hosts: give one port for each host, or one for all.`,
    );
  }
  return hosts.map((host, place) => ({ host, port: ports[place] ?? ports[0] ?? "5432" }));
}

/** From the address, otherwise from PGTARGETSESSIONATTRS; errors are noted. */
export function readTargetSession(
  parameters: URLSearchParams,
  settings: SettingsReader,
): TargetSession {
  if (parameters.has("load_balance_hosts")) {
    settings.fault(
      "load_balance_hosts is not supported: remove it. Hosts are tried in the order in which they are written.",
    );
  }
  const text =
    parameters.getAll("target_session_attrs").at(-1) ??
    settings.text("PGTARGETSESSIONATTRS") ??
    "any";
  const target = TARGETS[text];
  if (target !== undefined) return target;
  const shown = /^[a-z-]{1,20}$/i.test(text) ? `"${text}"` : "not a valid word";
  settings.fault(
    `target_session_attrs is ${shown}: it must be one of ${Object.keys(TARGETS).join(", ")}, because runs change rows.`,
  );
  return "any";
}
