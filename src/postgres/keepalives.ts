// How soon Postgres ends a transaction whose client's host is gone without a word.

/**
 * Said together with `begin`, by every transaction that keeps locks from one statement to the next:
 * Linux would keep them for two hours. 30 s of silence and three probes, 10 s apart, make a minute.
 * `tcp_user_timeout` overrides the number of probes on Linux, so it says the same minute; it also
 * covers an answer that nobody acknowledges. Only for the transaction: behind PgBouncer the session
 * is somebody else's afterwards, and there it is PgBouncer's own `tcp_keepalive` that watches us.
 */
export const KEEPALIVES =
  "set local tcp_keepalives_idle = 30; set local tcp_keepalives_interval = 10; " +
  "set local tcp_keepalives_count = 3; set local tcp_user_timeout = 60000";
