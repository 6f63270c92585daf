// Shows how many transactions write on the server, by the transaction IDs that it assigns.

/** SQL for the ID that the server will assign next, in any database; a double holds it. */
export const NEXT_XID =
  "pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::float8";
