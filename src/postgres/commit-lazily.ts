// How a batch that locks many rows commits.

/**
 * The commit does not wait for the disk, which may take 100 ms and more during a checkpoint, with all rows
 * locked. A crash of Postgres may undo it until a later commit has waited: the caller must record the batch in
 * the ledger before it reports it. Set only for this transaction: behind a pooler, another client may use the
 * session next.
 */
export const COMMIT_LAZILY = "set local synchronous_commit = off";
