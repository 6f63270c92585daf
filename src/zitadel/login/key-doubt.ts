// Says what a login may have failed of, where Zitadel answers alike for a bad key and a bad database.
import type { ZitadelConfig } from "../../config/zitadel-config.ts";
import { IdentityUnavailable, IdentityUnproven } from "../../errors.ts";
import { httpCall, type HttpAnswer, type HttpOptions } from "./http.ts";

/**
 * Zitadel v4 answers HTTP 500 `server_error` to every assertion that it cannot verify (its issues
 * 11924 and 12692), and to a good one when its database is read-only or the keys cannot be read.
 */
export function isKeyInDoubt({ status, json }: HttpAnswer): boolean {
  return status === 500 && json?.["error"] === "server_error";
}

interface DoubtedKey {
  readonly keyId: string;
  /** null where no run is known that logged in with it. */
  readonly loggedInAt: Date | null;
}

/** @returns what to throw: an outage where Zitadel says itself that it is not ready */
export async function keyOrDatabase(
  config: Pick<ZitadelConfig, "issuer"> & HttpOptions,
  key: DoubtedKey,
  skewMs: number,
): Promise<IdentityUnavailable> {
  const ready = await readiness(config);
  const said = "The token endpoint answered HTTP 500 (server_error)";
  if (ready === NOT_READY) {
    return new IdentityUnavailable(
      `${said}, and Zitadel is not ready (/debug/ready: HTTP ${ready}): it does not reach its own database. ` +
        "Look into Zitadel's log and at its database.",
    );
  }
  const readyText = ready === null ? "" : ` (/debug/ready: HTTP ${ready})`;
  return new IdentityUnproven(
    `${said}, as Zitadel v4 does for a key that it cannot verify. Look in this order: ` +
      `at key ${keyText(key)} Then make a new one in Zitadel's console; ` +
      `at this host's clock: ${clockText(skewMs)}; ` +
      `at Zitadel's own database: read-only, or out of its reach?${readyText}`,
  );
}

function keyText({ keyId, loggedInAt }: DoubtedKey): string {
  if (loggedInAt === null) {
    return `${keyId} of the service account, with which no run is known to have logged in: deleted, expired, or of another instance?`;
  }
  const at = loggedInAt.toISOString().slice(0, 16);
  return `${keyId} of the service account, which last logged in about ${at}Z: deleted or expired since?`;
}

/** What /debug/ready answers when the database cannot be reached. */
const NOT_READY = 412;

/** @returns the HTTP status; null where nothing answers, as where a proxy hides it */
async function readiness(config: Pick<ZitadelConfig, "issuer"> & HttpOptions) {
  try {
    return (await httpCall(new URL("/debug/ready", config.issuer), config)).status;
  } catch (error) {
    if (error instanceof IdentityUnavailable) return null;
    throw error;
  }
}

function clockText(skewMs: number): string {
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (seconds <= 1) return "the same as Zitadel's by its last answer";
  return `${seconds} s ${skewMs > 0 ? "behind" : "ahead of"} Zitadel's by its last answer`;
}
