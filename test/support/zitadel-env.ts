// The settings that let the binary work against an emulator, and the shape of what it answers.
import type { Refusal } from "../../src/postgres/row-refused.ts";
import type { ZitadelEmulator } from "./zitadel-emulator/index.ts";

/** With no limit of rate, so that tests do not wait for it. */
export function serviceKeyEnv(
  zitadel: Pick<ZitadelEmulator, "url" | "serviceKey">,
  databaseUrl: string,
  ringFile: string,
): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    ZITADEL_URL: zitadel.url,
    ZITADEL_KEY: JSON.stringify(zitadel.serviceKey),
    ZITADEL_RATE: "0",
    PASSWORD_KEYS_FILE: ringFile,
  };
}

export interface RetryJson {
  readonly command: string;
  readonly runId: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly durationMs: number;
  readonly due: number;
  readonly claimed: number;
  readonly rescued: number;
  readonly created: number;
  readonly adopted: number;
  readonly retried: number;
  readonly failed: number;
  readonly deferred: number;
  readonly deletedMeanwhile: number;
  readonly refused: readonly Refusal[];
  readonly refusedCount: number;
}
