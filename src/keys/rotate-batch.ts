// One batch of `keys rotate`: sorts its jobs, re-encrypts what can be re-encrypted, and replaces the
// envelopes.
import { namedKey } from "../passwords/envelope-header.ts";
import type { KeyRing } from "../passwords/key-ring.ts";
import { resealEnvelope } from "../passwords/reseal.ts";
import { COMMIT_LAZILY } from "../postgres/commit-lazily.ts";
import type { Database } from "../postgres/database.ts";
import { exchangeEnvelopes, type Envelope, type EnvelopeExchange } from "./envelopes.sql.ts";
import type { OperatorAction } from "../domain/operator-action.ts";
import { orAuditRefused } from "../queue-table/audit-refused.ts";
import type { PacedBatch } from "../postgres/batch-pace.ts";
import { separateRefused } from "../postgres/separate-refused.ts";
import { addRefused, joinRefused, NONE_REFUSED, type RefusedRows } from "../runs/refused-rows.ts";

/** `refused` are jobs whose new envelope the database refused. */
export interface RotateCounts extends RefusedRows {
  /** With --dry-run, what would be re-encrypted. */
  readonly rotated: number;
  /** Already encrypted with the first key. */
  readonly current: number;
  /** Held by a run, or locked by another session: the next rotation includes them. */
  readonly held: number;
  /** Encrypted with a key that the ring lacks. */
  readonly missing: number;
  readonly undecryptable: number;
  /** Would be too long for the column with the first key. */
  readonly tooLong: number;
  readonly batches: number;
  readonly missingKeys: readonly string[];
}

export const NONE_ROTATED: RotateCounts = {
  ...{ rotated: 0, current: 0, held: 0, missing: 0, undecryptable: 0, tooLong: 0, batches: 0 },
  missingKeys: [],
  ...NONE_REFUSED,
};

export interface BatchDependencies {
  readonly ring: KeyRing;
  /** The password stays as it is: it does not decrypt, or would not fit. */
  onLeft(jobId: string, reason: string): void;
  /** Rows that runs skip; they are in none of the counts. */
  onImpossible(jobIds: readonly string[]): void;
}

export interface RotatedBatch {
  readonly counts: RotateCounts;
  /** null if nothing was written. */
  readonly written: PacedBatch | null;
}

/**
 * Decrypts and encrypts outside any transaction; then one statement replaces the envelopes. A crash of Postgres
 * may undo it, until a later commit has waited for the disk.
 */
export async function rotateBatch(
  db: Database,
  batch: readonly Envelope[],
  options: { readonly dryRun: boolean; readonly action: OperatorAction },
  deps: BatchDependencies,
): Promise<RotatedBatch> {
  const { kid } = deps.ring.first;
  const impossible = batch.filter((row) => row.impossible).map(({ id }) => id);
  if (impossible.length > 0) deps.onImpossible(impossible);
  const possible = batch.filter((row) => !row.impossible);
  const others = possible.filter(({ jwe }) => namedKey(jwe) !== kid);
  const free = others.filter(({ status }) => status !== "processing");
  const startMs = performance.now();
  const { exchanges, ...left } = await resealAll(free, deps);
  const held = others.length - free.length;
  const counts = { ...NONE_ROTATED, ...left, current: possible.length - others.length, held };
  if (exchanges.length === 0) return { counts, written: null };
  if (options.dryRun) {
    return { counts: { ...counts, rotated: exchanges.length, batches: 1 }, written: null };
  }
  const { refusals, exchanged, ...xids } = await exchangeAll(db, exchanges, kid, options.action);
  return {
    counts: {
      ...{ ...counts, rotated: exchanged, batches: 1, ...addRefused(NONE_REFUSED, refusals) },
      held: held + exchanges.length - exchanged - refusals.length,
    },
    // With the encrypting, which takes the cores that other writers and Postgres need.
    written: { tookMs: performance.now() - startMs, ...xids },
  };
}

async function exchangeAll(
  db: Database,
  exchanges: readonly EnvelopeExchange[],
  kid: string,
  action: OperatorAction,
) {
  let [exchanged, firstXid, ownXids] = [0, Infinity, 0];
  const refusals = await separateRefused(
    exchanges,
    ({ id }) => id,
    async (part) => {
      ownXids += 1;
      const done = await db
        .transaction(async (tx) => {
          await tx.query(COMMIT_LAZILY);
          return exchangeEnvelopes(tx, part, kid, action);
        })
        .catch(orAuditRefused);
      exchanged += done.exchanged;
      firstXid = Math.min(firstXid, done.nextXid);
    },
  );
  // If all were refused, no transaction ID is known.
  return { refusals, exchanged, nextXid: Number.isFinite(firstXid) ? firstXid : null, ownXids };
}

async function resealAll(rows: readonly Envelope[], deps: BatchDependencies) {
  const exchanges: EnvelopeExchange[] = [];
  const missingKeys = new Set<string>();
  let [missing, undecryptable, tooLong] = [0, 0, 0];
  const reseal = async ({ id, jwe }: Envelope) => {
    const resealed = await resealEnvelope(jwe, id, deps.ring);
    switch (resealed.kind) {
      case "resealed":
        exchanges.push({ id, old: jwe, new: resealed.envelope });
        return;
      case "key-missing":
        missing += 1;
        missingKeys.add(resealed.kid);
        return;
      case "undecryptable":
        undecryptable += 1;
        return deps.onLeft(id, resealed.reason);
      case "too-long":
        tooLong += 1;
        return deps.onLeft(id, resealed.reason);
      default:
        return resealed satisfies never;
    }
  };
  await Promise.all(rows.map(reseal));
  return { exchanges, missing, undecryptable, tooLong, missingKeys: [...missingKeys] };
}

export function addCounts(a: RotateCounts, b: RotateCounts): RotateCounts {
  return {
    rotated: a.rotated + b.rotated,
    current: a.current + b.current,
    held: a.held + b.held,
    missing: a.missing + b.missing,
    undecryptable: a.undecryptable + b.undecryptable,
    tooLong: a.tooLong + b.tooLong,
    batches: a.batches + b.batches,
    missingKeys: [...new Set([...a.missingKeys, ...b.missingKeys])].sort(),
    ...joinRefused(a, b),
  };
}
