// The counts of a run of retry-accounts.
import { NONE_REFUSED, type RefusedRows } from "../runs/refused-rows.ts";

export interface RetryCounts extends RefusedRows {
  /** Jobs due when the run began. */
  readonly due: number;
  readonly claimed: number;
  /** Recovered from runs that died. */
  readonly rescued: number;
  readonly created: number;
  readonly adopted: number;
  readonly retried: number;
  readonly failed: number;
  readonly deferred: number;
  /** Deleted after this run had asked Zitadel for them: their accounts have no user row. */
  readonly deletedMeanwhile: number;
  /** Password keys that waiting jobs need and the ring lacks. */
  readonly missingKeys: readonly string[];
}

export const NOTHING: RetryCounts = {
  due: 0,
  claimed: 0,
  rescued: 0,
  created: 0,
  adopted: 0,
  retried: 0,
  failed: 0,
  deferred: 0,
  deletedMeanwhile: 0,
  missingKeys: [],
  ...NONE_REFUSED,
};
