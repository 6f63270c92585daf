// Runs `retry-accounts` in this process, over real gRPC and on a real Postgres, for tests of many runs.
import { readFile } from "node:fs/promises";
import { readConfig } from "../../src/config/config.ts";
import { createZitadel } from "../../src/zitadel/zitadel.ts";
import { parseKeyRing } from "../../src/passwords/key-ring.ts";
import { runDependencies } from "../../src/runs/run-dependencies.command.ts";
import { Secret } from "../../src/secret.ts";
import { WHOLE_QUEUE } from "../../src/postgres/lock-keys.ts";
import { retryAccounts, type RetryReport } from "../../src/retry/retry-accounts.ts";
import { NO_TRACES } from "../../src/tracing.ts";
import { silentRuntime } from "./program.ts";

const SECTIONS = ["database", "zitadel", "passwords", "retry"] as const;

export async function runInProcess(env: Readonly<Record<string, string>>): Promise<RetryReport> {
  const config = readConfig(env, ...SECTIONS);
  const ring = await readFile(env["PASSWORD_KEYS_FILE"] ?? "", "utf8");
  return retryAccounts(
    {
      limit: Number.MAX_SAFE_INTEGER,
      maxDurationMs: null,
      shard: WHOLE_QUEUE,
      jobId: null,
      dryRun: false,
      force: false,
      waitMs: 0,
    },
    {
      ...runDependencies(
        silentRuntime,
        config.database,
        {},
        {
          onLocked: () => undefined,
          tracer: NO_TRACES,
        },
      ),
      ...config.retry,
      ring: parseKeyRing(new Secret(ring), "test ring"),
      openIdentity: (last) =>
        Promise.resolve(createZitadel(config.zitadel, () => Promise.resolve(last))),
      contact: { url: config.zitadel.issuer, keyId: null },
      emailDomain: config.zitadel.syntheticEmailDomain,
      interrupted: new AbortController().signal,
      random: () => 0,
      sampling: null,
      onSettled: () => undefined,
      onStop: () => undefined,
      onLost: () => undefined,
      onGone: () => undefined,
      onRowLocked: () => undefined,
      onUnwritten: () => undefined,
      onImpossible: () => undefined,
    },
  );
}
