// Asks the identity server for many accounts, a limited number at a time, until it is done or the server is
// down.
import type { RunStop } from "../../domain/outcome.ts";
import type { AccountLookup } from "../../domain/account-lookup.ts";
import { createUpstreamHealth } from "../../domain/upstream-health.ts";
import type { AccountClaim, IdentityProvider } from "../../zitadel/identity-provider.ts";
import { createStopConditions, OUT_OF_TIME } from "../../runs/stop-conditions.ts";
import { orInterrupted } from "../../terminal/interruption.ts";
import { stopFor } from "../../runs/run-stop.ts";

export interface AskDependencies {
  /** Calls in flight. */
  readonly concurrency: number;
  /** null for no limit. */
  readonly maxDurationMs: number | null;
  /** Aborted by SIGTERM or SIGINT, with its name as the reason. */
  readonly interrupted: AbortSignal;
  openIdentity(): Promise<IdentityProvider>;
  /** Called after each answered account. */
  readonly onAnswer?: () => void;
}

export interface Lookups {
  /** By ID; accounts that were not asked for are missing. */
  readonly seen: ReadonlyMap<string, AccountLookup>;
  /** Why not all were asked for; null if all were. */
  readonly stop: RunStop | null;
}

interface Asked extends AccountClaim {
  /** The last failure was a username that Zitadel refused. */
  readonly nameRefused: boolean;
}

/** Read-only. Waits for the calls in flight at the end. */
export async function askForAccounts(
  accounts: readonly Asked[],
  deps: AskDependencies,
): Promise<Lookups> {
  const seen = new Map<string, AccountLookup>();
  if (accounts.length === 0) return { seen, stop: null };
  const stopping = createStopConditions({ ...deps, lockLost: null, onStop: () => undefined });
  const health = createUpstreamHealth(deps.concurrency, false);
  const bugs: unknown[] = [];
  const identity = await deps.openIdentity();

  function note(lookup: AccountLookup): void {
    if (lookup.kind !== "unanswered") return health.noteAnswer();
    const { result } = lookup;
    health.note(result);
    if (result.kind === "blameless" && result.stop !== null) stopping.stop(result.stop);
    if (health.isOpen()) stopping.stop(tooManyFaults(result.failure.message));
  }

  async function ask(account: Asked): Promise<void> {
    const lookup = await identity.verifyAccount(account, account.nameRefused);
    seen.set(account.id, lookup);
    note(lookup);
    deps.onAnswer?.();
  }

  function stopForBug(error: unknown): void {
    bugs.push(error);
    stopping.stop({ outcome: "stopped", reason: "a bug in the tool" });
  }

  try {
    await connect(identity, deps.interrupted).catch((error: unknown) => {
      const stop = stopFor(error);
      if (stop === null) throw error;
      stopping.stop(stop);
    });
    const inFlight = new Set<Promise<void>>();
    for (const account of accounts) {
      while (stopping.reason() === null && inFlight.size >= health.allowed()) {
        await Promise.race(inFlight);
      }
      if (stopping.reason() !== null) break;
      const tracked: Promise<void> = ask(account)
        .catch(stopForBug)
        .finally(() => inFlight.delete(tracked));
      inFlight.add(tracked);
    }
    await Promise.all(inFlight);
  } finally {
    stopping.dispose();
    identity.close();
  }
  if (bugs.length > 0) throw bugs[0];
  const stop = stopping.reason();
  // If the time ran out after the last call, nothing was stopped.
  return { seen, stop: stop === OUT_OF_TIME && seen.size === accounts.length ? null : stop };
}

async function connect(identity: IdentityProvider, interrupted: AbortSignal): Promise<void> {
  await orInterrupted(identity.connect(), interrupted);
}

function tooManyFaults(last: string): RunStop {
  const reason = `Zitadel failed too often in a row (last: ${last}). Check Zitadel, then run this again`;
  return { outcome: "unavailable", reason };
}
