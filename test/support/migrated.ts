/** What `migrate` prints to stderr after it changed something. */
export const MIGRATED =
  "To undo: family-hub-jobs migrate rollback (FamilyHub's own tables and rows stay)\n";
