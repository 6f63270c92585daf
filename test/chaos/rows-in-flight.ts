// The jobs that runs have claimed, as somebody else finds a share of them.
export const QUEUE = "auth.queued_managed_account_creations";

/** Of `q`: $1 the share of the jobs that runs have, $2 which of them: the same ones for the same seed. */
export const IN_FLIGHT = `q.status = 'processing' and q.claimed_by_run_id is not null
  and mod(abs(hashtext(q.username::text || $2::text))::numeric, 1000) < $1::numeric * 1000`;
