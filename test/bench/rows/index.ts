// Every row of the table, in its order.
import type { Row } from "../row.ts";
import { drain, drainHashes, slowDrain } from "./drain.ts";
import { idle } from "./idle.ts";
import { kill } from "./kill.ts";
import { memory } from "./memory.ts";
import { purgeInvitations } from "./purge-invitations.ts";
import { purgeJobs } from "./purge-jobs.ts";
import { rotateKeys } from "./rotate-keys.ts";
import { table } from "./table.ts";
import { tick } from "./tick.ts";

export const ROWS: readonly Row[] = [
  drain,
  drainHashes,
  slowDrain,
  tick,
  idle,
  memory,
  kill,
  purgeInvitations,
  purgeJobs,
  rotateKeys,
  table,
];
