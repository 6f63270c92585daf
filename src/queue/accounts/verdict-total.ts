// Messages about all jobs that Zitadel was asked about.
import { type VerifyReport } from "./accounts.ts";

/** Also for `queue requeue --verified`. */
export const DOUBT =
  "family-hub-jobs: Zitadel shows no person in the organization. If there are any, the service account " +
  "may not read them (it needs ORG_USER_MANAGER), and an account reported as absent may exist.";

/** Collects what to report about all pieces together. */
export class VerdictTotal {
  jobs = 0;
  notFound = 0;
  doubtful = false;
  stop: VerifyReport["stop"] = null;
  #unknown = 0;

  add({ jobs, stop, doubtful }: VerifyReport): void {
    this.jobs += jobs.length;
    this.notFound += jobs.filter(({ verdict }) => verdict === "not_found").length;
    this.#unknown += jobs.filter(({ verdict }) => verdict === "unknown").length;
    this.doubtful ||= doubtful;
    this.stop = stop;
  }

  /** @returns null if Zitadel answered for every job */
  unansweredText(): string | null {
    if (this.#unknown === 0) return null;
    return `family-hub-jobs: Zitadel gave no answer for ${this.#unknown} of ${this.jobs} jobs: ask again.\n`;
  }
}
