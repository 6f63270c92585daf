/** What `migrate` prints to stderr after it changed something. */
export const MIGRATED =
  "To undo: family-hub-jobs migrate rollback (FamilyHub's own tables and rows stay)\n";

/** And `migrate rollback`. */
export const ROLLED_BACK =
  "To apply again: family-hub-jobs migrate (rows of the tables that were dropped do not come back)\n";
