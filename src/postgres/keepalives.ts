// How soon Postgres ends a transaction whose client's host has disappeared.

/**
 * Sent with `begin` by every transaction that holds locks for more than one statement; Linux's default would
 * keep them for two hours. 30 s of silence and three probes, 10 s apart, make a minute. `tcp_user_timeout`
 * overrides the number of probes on Linux, so it is a minute, too; it also covers an unacknowledged answer.
 * Set only for the transaction: behind PgBouncer another client uses the session next, and PgBouncer's own
 * `tcp_keepalive` watches our connection.
 */
export const KEEPALIVES =
  "set local tcp_keepalives_idle = 30; set local tcp_keepalives_interval = 10; " +
  "set local tcp_keepalives_count = 3; set local tcp_user_timeout = 60000";
