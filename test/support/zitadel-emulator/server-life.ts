// The life of the server process: after a shutdown nothing more is committed, but for the calls that were just ahead of it.

export class ServerLife {
  #commitsLeft = Number.POSITIVE_INFINITY;

  /** Of the calls in flight so many still commit, in the order in which they get there. */
  end(commits: number): void {
    this.#commitsLeft = commits;
  }

  /** Call right before anything is written. Throws after the end; nobody is there to read it. */
  requireCommit(): void {
    if (this.#commitsLeft <= 0) throw new Error("the server was shut down");
    this.#commitsLeft -= 1;
  }
}
