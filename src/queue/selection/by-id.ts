// The results of an operator's action for each ID.
import { IdList } from "../../domain/id-list.ts";
import type { ExpectedError } from "../../errors.ts";
import type { JobHeld } from "../../queue-table/leases.sql.ts";
import type { Refusal } from "../../postgres/row-refused.ts";
import { addRefused, NONE_REFUSED, type RefusedRows } from "../../runs/refused-rows.ts";

export interface Skip {
  readonly id: string;
  readonly reason: string;
}

export interface DoneById {
  /** In the order of the given IDs, like `skipped`. */
  readonly done: IdList;
  readonly skipped: SkippedJobs;
  /** Jobs that the database refused to change, in neither of the other lists; they are unchanged. */
  readonly refused: RefusedRows;
  /** All of them. */
  readonly refusedIds: IdList;
  /** The ID for `queue undo`; only if the action can be undone and changed something. */
  readonly actionId?: string;
  /** Why the rest of the jobs was not processed; null if all were. */
  readonly stopped: ExpectedError | null;
}

const NOT_FOUND = "not found";

/** Skipped jobs, each with its reason; many share one. */
export class SkippedJobs implements Iterable<Skip> {
  readonly #ids = new IdList();
  readonly #reasonOf: number[] = [];
  readonly #reasons: string[] = [];
  #notFound = 0;

  get length(): number {
    return this.#ids.length;
  }

  /** Ids that no job has. */
  get notFound(): number {
    return this.#notFound;
  }

  add(id: string, reason: string): void {
    if (this.#ids.has(id)) return;
    this.#ids.add(id);
    const known = this.#reasons.lastIndexOf(reason);
    this.#reasonOf.push(known === -1 ? this.#reasons.push(reason) - 1 : known);
  }

  addNotFound(id: string): void {
    this.add(id, NOT_FOUND);
    this.#notFound += 1;
  }

  /** Each reason with its number of jobs, in the order in which the reasons first occurred. */
  counts(): readonly { readonly reason: string; readonly jobs: number }[] {
    const jobs = this.#reasons.map(() => 0);
    for (const place of this.#reasonOf) jobs[place] = (jobs[place] ?? 0) + 1;
    return this.#reasons.map((reason, place) => ({ reason, jobs: jobs[place] ?? 0 }));
  }

  *[Symbol.iterator](): Generator<Skip> {
    let index = 0;
    for (const id of this.#ids) {
      yield { id, reason: this.#reasons[this.#reasonOf[index] ?? 0] ?? "" };
      index += 1;
    }
  }
}

/** The results so far. */
export class JobReport {
  readonly done = new IdList();
  readonly skipped = new SkippedJobs();
  readonly #refusedIds = new IdList();
  #refused = NONE_REFUSED;

  addRefused(refusals: readonly Refusal[]): void {
    this.#refused = addRefused(this.#refused, refusals);
    for (const { id } of refusals) this.#refusedIds.add(id);
  }

  has(id: string): boolean {
    return this.done.has(id) || this.#refusedIds.has(id);
  }

  isEmpty(): boolean {
    return this.done.length + this.skipped.length + this.#refusedIds.length === 0;
  }

  end(): Omit<DoneById, "stopped"> {
    const [refused, refusedIds] = [this.#refused, this.#refusedIds];
    return { done: this.done, skipped: this.skipped, refused, refusedIds };
  }
}

/** A run may be creating the account now, so only that run may decide how the job ends. */
export function whoHolds({ runId, leaseExpiresAt, leaseOver }: JobHeld): string {
  if (runId !== null && leaseExpiresAt === null) {
    return `processing: run ${runId} holds it until a time that no run sets, so a clock was wrong: retry-accounts recovers it when RETRY_LEASE has passed since its last change`;
  }
  if (runId === null || leaseExpiresAt === null) {
    return "processing, though no run of this tool holds it: retry-accounts recovers it when RETRY_LEASE has passed";
  }
  const until = leaseExpiresAt.toISOString();
  return leaseOver
    ? `processing: run ${runId} held it until ${until} and died; the next retry-accounts recovers it`
    : `processing: run ${runId} holds it until ${until}`;
}
