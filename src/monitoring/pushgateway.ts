// Pushes the metrics of a run, for pods that end before Prometheus can scrape them.
import type { Endpoint } from "../config/endpoint.ts";
import { send } from "./http-call.ts";

/**
 * POST replaces only metrics of the same names; others stay.
 * @param group value of each grouping label; no instance label, or every pod would leave a group behind
 * @returns the problem to report, or null
 */
export async function push(
  endpoint: Endpoint,
  group: readonly (readonly [string, string])[],
  text: string,
  giveUp: AbortSignal,
): Promise<string | null> {
  const url = new URL(endpoint.url.reveal());
  const labels = group.map(([label, value]) => inPath(label, value));
  url.pathname = [url.pathname.replace(/\/+$/, ""), "metrics", ...labels].join("/");
  const failure = await send(url, endpoint, giveUp, {
    type: "text/plain; version=0.0.4",
    body: text,
  });
  if (failure === null) return null;
  return `the metrics were not pushed to ${endpoint.origin} (PUSHGATEWAY_URL): ${failure.why}`;
}

/** The Pushgateway's encoding of a value with a slash. */
function inPath(label: string, value: string): string {
  if (!value.includes("/")) return `${label}/${encodeURIComponent(value)}`;
  return `${label}@base64/${Buffer.from(value).toString("base64url")}`;
}
