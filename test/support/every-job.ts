// The filter that leaves out no job.
import type { JobFilter } from "../../src/queue/selection/filter.sql.ts";

export const EVERY_JOB: JobFilter = {
  ...{ statuses: [], errors: [], causes: [], familyId: null, username: null, createdBy: null },
  ...{ since: null, until: null, search: null, key: null },
  ...{ due: false, stuck: false, impossible: false },
};
