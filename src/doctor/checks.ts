// The checks of doctor, in the order of its report. Add a new check here.
import { KEY_RING, KEYS_IN_USE } from "./keys.ts";
import type { Check } from "./check.ts";
import { CONNECTIONS, CLOCK, POSTGRES, ROUND_TRIP } from "./postgres.ts";
import { LOCK, LOCKS_HELD } from "./locks.ts";
import { INDEXES, INDEX_USED, MIGRATIONS, PRIVILEGES, ROW_SECURITY, TABLES } from "./schema.ts";
import { BREAKER } from "./breaker.ts";
import { IMPOSSIBLE_ROWS, LAST_RUNS } from "./runs.ts";
import { LEASE, METRICS, RETRY_DELAYS, SETTINGS_CHECK, MONITORING } from "./settings.ts";
import { SEARCH } from "./search.ts";
import { DEAD_ROWS, OLD_TRANSACTIONS } from "./upkeep.ts";
import { CREATE_USERS, ORGANIZATION, READ_USERS } from "./organization.ts";
import { PAUSE } from "./pause.ts";
import { TIMES } from "./times.ts";
import { TRACES } from "./traces.ts";
import { CERTIFICATE, DISCOVERY, EGRESS_PROXY, TOKEN } from "./zitadel.ts";

export const CHECKS: readonly Check[] = [
  SETTINGS_CHECK,
  LEASE,
  RETRY_DELAYS,
  METRICS,
  MONITORING,
  TRACES,
  KEY_RING,
  POSTGRES,
  ROUND_TRIP,
  CLOCK,
  CONNECTIONS,
  MIGRATIONS,
  TABLES,
  PRIVILEGES,
  ROW_SECURITY,
  INDEXES,
  INDEX_USED,
  LOCK,
  LOCKS_HELD,
  OLD_TRANSACTIONS,
  DEAD_ROWS,
  SEARCH,
  LAST_RUNS,
  BREAKER,
  PAUSE,
  IMPOSSIBLE_ROWS,
  TIMES,
  KEYS_IN_USE,
  EGRESS_PROXY,
  DISCOVERY,
  CERTIFICATE,
  TOKEN,
  ORGANIZATION,
  READ_USERS,
  CREATE_USERS,
];
