// Says what a login may have failed of, where Zitadel answers alike for a bad key and a bad database.
import type { ZitadelConfig } from "../../config/zitadel-config.ts";
import { IdentityUnavailable, IdentityUnproven } from "../../errors.ts";
import type { HttpAnswer, HttpOptions } from "./http.ts";
import { isNotReady, readiness } from "./readiness.ts";

/**
 * Zitadel v4 answers HTTP 500 `server_error` to every assertion that it cannot verify (its issues
 * 11924 and 12692), and to a good one when its database is read-only or the keys cannot be read.
 */
export function isKeyInDoubt({ status, json }: HttpAnswer): boolean {
  return status === 500 && json?.["error"] === "server_error";
}

/** What later versions answer to the same: a key that is gone, or one that they cannot read. */
export function isGrantRefused({ json }: HttpAnswer): boolean {
  return json?.["error"] === "invalid_grant";
}

interface DoubtedKey {
  readonly keyId: string;
  /** When it last did; null where no run is known that logged in with it. */
  readonly loggedIn: Date | "in this run" | null;
}

/**
 * @returns what to throw: an outage where Zitadel says itself that it is not ready; null for a grant
 *   that is refused and where nothing speaks for the database
 */
export async function keyOrDatabase(
  config: Pick<ZitadelConfig, "issuer"> & HttpOptions,
  answer: HttpAnswer,
  key: DoubtedKey,
  skewMs: number,
): Promise<IdentityUnavailable | null> {
  const ready = await readiness(config);
  const error = isGrantRefused(answer) ? "invalid_grant" : "server_error";
  const said = `The token endpoint answered HTTP ${answer.status} (${error})`;
  if (isNotReady(ready)) {
    return new IdentityUnavailable(
      `${said}, and Zitadel is not ready (/debug/ready: HTTP ${ready}). Check its log and its database.`,
    );
  }
  if (isGrantRefused(answer) && key.loggedIn !== "in this run") return null;
  const readyText = ready === null ? "" : ` (/debug/ready: HTTP ${ready})`;
  return new IdentityUnproven(
    `${said}, as Zitadel does for a key that it cannot verify. Look in this order: ` +
      `at key ${keyText(key)} Then make a new one in Zitadel's console; ` +
      `at this host's clock: ${clockText(skewMs)}; ` +
      `at Zitadel's own database: read-only, or out of its reach?${readyText}`,
  );
}

function keyText({ keyId, loggedIn }: DoubtedKey): string {
  const key = `${keyId} of the service account`;
  if (loggedIn === null) {
    return `${key}, with which no run is known to have logged in: deleted, expired, or of another instance?`;
  }
  if (loggedIn === "in this run") {
    return `${key}, which logged in earlier in this run: deleted or expired since?`;
  }
  return `${key}, which last logged in about ${loggedIn.toISOString().slice(0, 16)}Z: deleted or expired since?`;
}

function clockText(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (seconds <= 1) return "the same as Zitadel's by its last answer";
  return `${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} Zitadel's by its last answer`;
}
