// The privileges that each command that changes rows needs.
import type { LockName } from "../postgres/lock-keys.ts";

/**
 * With columns if those are enough; a grant on the whole table covers them. deploy/postgres/role.sql grants
 * all this.
 */
export type Privilege = readonly [
  table: string,
  privilege: "SELECT" | "INSERT" | "UPDATE" | "DELETE",
  columns?: readonly string[],
];

export type ChangingCommand = Exclude<LockName, "read" | "schema">;

const QUEUE = "auth.queued_managed_account_creations";

const LEDGER: readonly Privilege[] = (["SELECT", "INSERT", "UPDATE"] as const).map((privilege) => [
  "family_hub_jobs.runs",
  privilege,
]);
const audit = (...columns: string[]): Privilege => [
  "family_hub_jobs.operator_actions",
  "INSERT",
  ["actor", "verb", ...columns],
];
const AUDIT = audit("reason", "job_id", "before", "after");
const AUDIT_OF_MANY = audit("reason", "job_id", "before", "after", "batch_id");

const RETRY_ACCOUNTS: readonly Privilege[] = [
  [QUEUE, "SELECT"],
  [
    QUEUE,
    "UPDATE",
    [
      ...["status", "retry_count", "next_retry_at", "last_error_code", "last_error_message"],
      ...["encrypted_password", "zitadel_user_id", "completed_at"],
      ...["claimed_by_run_id", "lease_expires_at", "updated_at"],
    ],
  ],
  ["auth.families", "SELECT", ["id", "deleted_at"]],
  [
    "auth.users",
    "SELECT",
    ["id", "family_id", "username", "email", "external_user_id", "external_provider"],
  ],
  ["auth.users", "INSERT"],
  ["auth.outbox_events", "INSERT"],
  ["family_hub_jobs.attempts", "SELECT"],
  [
    "family_hub_jobs.attempts",
    "INSERT",
    [
      ...["job_id", "run_id", "outcome", "retry_count", "error_code", "grpc_code"],
      ...["zitadel_error_id", "message", "duration_ms", "traceparent"],
    ],
  ],
  ...LEDGER,
  ["family_hub_jobs.breaker", "SELECT"],
  ["family_hub_jobs.pause", "SELECT"],
  ["family_hub_jobs.breaker", "UPDATE"],
];

export const NEEDED_BY: Readonly<Record<ChangingCommand, readonly Privilege[]>> = {
  "retry-accounts": RETRY_ACCOUNTS,
  "purge-invitations": [
    [
      "auth.family_member_invitations",
      "SELECT",
      ["invitation_id", "expires_at", "accepted_at", "status"],
    ],
    ["auth.family_member_invitations", "UPDATE", ["updated_at"]],
    ["auth.family_member_invitations", "DELETE"],
    ...LEDGER,
    audit("after"),
  ],
  "purge-jobs": [
    [QUEUE, "SELECT"],
    [QUEUE, "DELETE"],
    [QUEUE, "UPDATE", ["encrypted_password", "updated_at"]],
    ["family_hub_jobs.attempts", "SELECT"],
    ["family_hub_jobs.attempts", "DELETE"],
    ["family_hub_jobs.attempts", "UPDATE", ["duration_ms"]],
    ...LEDGER,
    ["family_hub_jobs.runs", "DELETE"],
    audit("after"),
  ],
  // Also for `queue undo`, which reads what was requeued.
  "queue requeue": [
    [QUEUE, "SELECT"],
    [QUEUE, "UPDATE", ["status", "retry_count", "next_retry_at", "updated_at"]],
    ["family_hub_jobs.pause", "SELECT"],
    ["family_hub_jobs.operator_actions", "SELECT"],
    AUDIT_OF_MANY,
  ],
  "queue cancel": [
    [QUEUE, "SELECT"],
    [QUEUE, "UPDATE", ["status", "next_retry_at", "last_error_code", "encrypted_password"]],
    ["auth.outbox_events", "INSERT"],
    AUDIT_OF_MANY,
  ],
  "queue add": [
    [QUEUE, "SELECT", ["id", "family_id", "username", "role", "encrypted_password"]],
    [QUEUE, "INSERT"],
    ["auth.families", "SELECT", ["id", "deleted_at"]],
    ["family_hub_jobs.pause", "SELECT"],
    AUDIT,
  ],
  "queue erase": [
    [QUEUE, "SELECT"],
    [QUEUE, "DELETE"],
    ["family_hub_jobs.attempts", "DELETE"],
    AUDIT,
  ],
  // Also for `queue resume`.
  "queue pause": [
    ["family_hub_jobs.pause", "SELECT"],
    ["family_hub_jobs.pause", "INSERT"],
    ["family_hub_jobs.pause", "UPDATE"],
    ["family_hub_jobs.pause", "DELETE"],
    audit("reason", "before", "after"),
  ],
  "keys rotate": [
    [QUEUE, "SELECT"],
    [QUEUE, "UPDATE", ["encrypted_password"]],
    ...LEDGER,
    audit("reason", "after"),
  ],
};
