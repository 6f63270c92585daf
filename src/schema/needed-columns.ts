// Which tables and columns the tool relies on, and what each must be like.
import {
  BIGINT,
  BOOLEAN,
  filled,
  INT,
  JSONB,
  nullable,
  text,
  TIME,
  UUID,
  type ColumnNeed,
} from "./column-needs.ts";

/** What is done to a table decides what may stand in its place. */
export type Use =
  /** Rows are only read: a view may stand in its place. */
  | "read"
  /** Rows are added: a view that can be inserted into may stand in its place. */
  | "insert"
  /**
   * Rows are locked, changed or deleted where they lie, by their ctid, which is unique in one
   * ordinary table only; and indexes are built on it concurrently, which Postgres does on no other.
   */
  | "change";

export interface TableNeed {
  readonly use: Use;
  readonly columns: Readonly<Record<string, ColumnNeed>>;
  /** Columns that `migrate` adds to FamilyHub's table. */
  readonly added?: Readonly<Record<string, ColumnNeed>>;
  /** Columns by which FamilyHub's table is known in another schema. */
  readonly knownBy?: readonly string[];
}

/** FamilyHub's, which `migrate` makes where they are missing. As wide as its API makes them. */
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

/** The tool's own, as its migrations make them. */
const OWN: Readonly<Record<string, TableNeed>> = {
  "family_hub_jobs.attempts": {
    use: "change",
    columns: {
      attempt_id: BIGINT,
      job_id: UUID,
      run_id: UUID,
      outcome: text(20),
      retry_count: INT,
      error_code: nullable(text(50)),
      grpc_code: nullable(INT),
      zitadel_error_id: nullable(text(100)),
      message: nullable(text(2000)),
      duration_ms: INT,
      finished_at: TIME,
      traceparent: nullable(text(55)),
    },
  },
  "family_hub_jobs.runs": {
    use: "change",
    columns: {
      run_id: UUID,
      command: text(50),
      host: text(255),
      pid: INT,
      version: text(50),
      started_at: TIME,
      finished_at: nullable(TIME),
      outcome: nullable(text(20)),
      reason: nullable(text(null)),
      counts: JSONB,
    },
  },
  "family_hub_jobs.operator_actions": {
    use: "change",
    columns: {
      action_id: BIGINT,
      at: TIME,
      actor: text(255),
      verb: text(50),
      reason: nullable(text(null)),
      job_id: nullable(UUID),
      before: nullable(JSONB),
      after: nullable(JSONB),
      batch_id: nullable(UUID),
    },
  },
  "family_hub_jobs.breaker": {
    use: "change",
    columns: {
      opened_at: nullable(TIME),
      paused_until: nullable(TIME),
      reason: nullable(text(2000)),
      updated_at: TIME,
      answered_at: nullable(TIME),
      answered_url: nullable(text(2000)),
      answered_key: nullable(text(200)),
    },
  },
  "family_hub_jobs.pause": {
    use: "change",
    columns: {
      since: TIME,
      until: TIME,
      actor: text(255),
      reason: text(null),
    },
  },
};

/** By name. */
export const TABLES: Readonly<Record<string, TableNeed>> = { ...FAMILY_HUB, ...OWN };

/** Whether the table is FamilyHub's, and not the tool's own. */
export function isFamilyHubs(table: string): boolean {
  return table in FAMILY_HUB;
}
