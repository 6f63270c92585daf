// The columns of the tool's own tables.
import { BIGINT, INT, JSONB, nullable, text, TIME, UUID, type TableNeed } from "./column-needs.ts";

/** As the migrations create them. */
export const OWN_TABLES: Readonly<Record<string, TableNeed>> = {
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
