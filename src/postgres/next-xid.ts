// Tells how many transactions write on the server, by the ids that they are given.

/** SQL for the id that the next transaction to write will get, of all databases; a double holds it. */
export const NEXT_XID =
  "pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::float8";
