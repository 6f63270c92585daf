// Checks that accounts can be created before any job is changed, and records the result for later runs.
import { IdentityRateLimited, IdentityUnavailable, IdentityUnproven } from "../errors.ts";
import type { IdentityProvider } from "../zitadel/identity-provider.ts";
import { markBreakerOpen, markPaused, type Breaker } from "../queue-table/breaker.sql.ts";
import type { Database, Queryable } from "../postgres/database.ts";
import { informNextRuns } from "./inform-next-runs.ts";
import { orInterrupted } from "../terminal/interruption.ts";
import type { Tracer } from "../tracing.ts";

export interface ReachDependencies {
  readonly interrupted: AbortSignal;
  readonly tracer: Tracer;
  /** Why the result could not be recorded for later runs. */
  onUnwritten(this: void, why: string): void;
}

/**
 * A failure here uses up no retry. A signal says nothing about the identity server.
 * @throws IdentityUnavailable, IdentityRefused, IdentityRateLimited or Interrupted
 */
export async function reachIdentity(
  identity: IdentityProvider,
  db: Database,
  breaker: Breaker,
  { interrupted, onUnwritten, tracer }: ReachDependencies,
): Promise<void> {
  const reached = tracer.step("reach Zitadel", {}, () =>
    askAll(identity, breaker.openedAt !== null),
  );
  await orInterrupted(reached, interrupted).catch(async (error: unknown) => {
    await informNextRuns(db, (tx) => recordOutage(tx, error), onUnwritten);
    throw error;
  });
}

async function askAll(identity: IdentityProvider, probing: boolean): Promise<void> {
  await identity.connect();
  if (probing) await identity.probe();
  await identity.checkOrganization();
}

async function recordOutage(db: Queryable, error: unknown): Promise<void> {
  const isOutage = error instanceof IdentityUnavailable && !(error instanceof IdentityUnproven);
  if (isOutage) await markBreakerOpen(db, error.message);
  if (error instanceof IdentityRateLimited && error.retryAfterMs !== null) {
    await markPaused(db, error.retryAfterMs, error.message);
  }
}
