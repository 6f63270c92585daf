// Explains a failed login that may have two causes: a bad key, or a failing database of Zitadel.
import type { ZitadelConfig } from "../../config/zitadel-config.ts";
import { IdentityRefused, IdentityUnavailable, IdentityUnproven } from "../../errors.ts";
import type { HttpAnswer, HttpOptions } from "./http.ts";
import { isNotReady, readiness } from "./readiness.ts";

/**
 * Zitadel v4 answers HTTP 500 `server_error` to every assertion that it cannot verify (its issues 11924 and
 * 12692), and to a valid one if its database is read-only or the keys cannot be read.
 */
export function isKeyInDoubt({ status, json }: HttpAnswer): boolean {
  return status === 500 && json?.["error"] === "server_error";
}

/** What later versions answer in both cases: the key does not exist, or they cannot read it. */
export function isGrantRefused({ json }: HttpAnswer): boolean {
  return json?.["error"] === "invalid_grant";
}

interface DoubtedKey {
  readonly keyId: string;
  /** When it last did; null if no run is known that logged in with it. */
  readonly loggedIn: Date | "in this run" | null;
}

/**
 * @returns the error to throw: an outage if Zitadel reports that it is not ready; a refusal if the grant is
 * refused and nothing points to the database
 */
export async function keyOrDatabase(
  config: Pick<ZitadelConfig, "issuer"> & HttpOptions,
  answer: HttpAnswer,
  key: DoubtedKey,
  skewMs: number,
): Promise<IdentityUnavailable | IdentityRefused> {
  const ready = await readiness(config);
  const error = isGrantRefused(answer) ? "invalid_grant" : "server_error";
  const code = `HTTP ${answer.status} (${error})`;
  if (isNotReady(ready)) {
    return new IdentityUnavailable(
      `The token endpoint answered ${code}, and Zitadel is not ready (/debug/ready: HTTP ${ready}). Check its log and its database.`,
    );
  }
  const message =
    `${config.issuer} did not accept key ${key.keyId} of the service account, ${loginText(key)}: ${code}. ` +
    "Look for this key in Zitadel's console: if it is missing or has expired, make a new one. " +
    "If it is there, or you cannot sign in to the console, Zitadel's own database is failing, " +
    `which looks the same: check Zitadel's log.${clockText(skewMs)}`;
  const refused = isGrantRefused(answer) && key.loggedIn !== "in this run";
  return refused ? new IdentityRefused(message) : new IdentityUnproven(message);
}

function loginText({ loggedIn }: DoubtedKey): string {
  if (loggedIn === null) return "with which no run is known to have logged in";
  if (loggedIn === "in this run") return "which logged in earlier in this run";
  return `which last logged in about ${loggedIn.toISOString().slice(0, 16)}Z`;
}

/** A login tolerates the difference, unless it changes. */
function clockText(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (seconds <= 1) return "";
  return ` This host's clock is ${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} Zitadel's.`;
}
