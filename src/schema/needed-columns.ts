// The tables and columns of FamilyHub that the tool needs.
import {
  BOOLEAN,
  filled,
  INT,
  JSONB,
  nullable,
  text,
  TIME,
  UUID,
  type TableNeed,
} from "./column-needs.ts";
import { OWN_TABLES } from "./own-columns.ts";

/** FamilyHub's tables, which `migrate` creates if they are missing, with the widths of FamilyHub's API. */
const FAMILY_HUB: Readonly<Record<string, TableNeed>> = {
  "auth.queued_managed_account_creations": {
    use: "change",
    columns: {
      id: filled(UUID),
      family_id: filled(UUID),
      username: filled(text(20)),
      full_name: filled(text(100)),
      role: filled(text(50)),
      encrypted_password: filled(text(500)),
      created_by_user_id: filled(UUID),
      retry_count: filled(INT),
      status: filled(text(50)),
      next_retry_at: nullable(TIME),
      last_error_message: nullable(text(2000)),
      created_at: TIME,
      updated_at: TIME,
    },
    added: {
      last_error_code: nullable(text(20)),
      zitadel_user_id: nullable(text(36)),
      completed_at: nullable(TIME),
      claimed_by_run_id: nullable(UUID),
      lease_expires_at: nullable(TIME),
    },
    knownBy: ["encrypted_password", "created_by_user_id"],
  },
  "auth.families": {
    use: "read",
    columns: { id: UUID, deleted_at: nullable(TIME) },
    knownBy: ["id"],
  },
  "auth.users": {
    use: "insert",
    columns: {
      id: UUID,
      email: text(320),
      email_verified: BOOLEAN,
      email_verified_at: TIME,
      external_user_id: text(255),
      external_provider: text(50),
      family_id: UUID,
      role: text(50),
      username: text(20),
      full_name: text(100),
      zitadel_user_id: text(255),
      created_at: TIME,
      updated_at: TIME,
    },
    knownBy: ["external_user_id", "external_provider"],
  },
  "auth.outbox_events": {
    use: "insert",
    columns: {
      event_id: UUID,
      event_type: text(255),
      event_version: INT,
      aggregate_type: text(255),
      aggregate_id: UUID,
      payload: JSONB,
      status: INT,
      retry_count: INT,
      processed_at: nullable(TIME),
      created_at: TIME,
      updated_at: TIME,
    },
    knownBy: ["event_id", "aggregate_id"],
  },
  "auth.family_member_invitations": {
    use: "change",
    columns: { expires_at: TIME, accepted_at: TIME, status: text(null), updated_at: TIME },
    knownBy: ["invitation_id"],
  },
};

/** By name. */
export const TABLES: Readonly<Record<string, TableNeed>> = { ...FAMILY_HUB, ...OWN_TABLES };

/** Whether the table is FamilyHub's, not the tool's own. */
export function belongsToFamilyHub(table: string): boolean {
  return table in FAMILY_HUB;
}
