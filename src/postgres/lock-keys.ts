// Which advisory locks there are, and the statement that tries to take those of a command.

/** "FHJB": the first of the two keys of every lock of this tool. Both keys are stable for ever. */
export const LOCK_CLASS = 0x46484a42;
export const LOCK_KEYS = {
  /** Holds the schema as it is, and excludes no run: for commands that only read. */
  read: -1,
  /** Excludes everything else: for migrations. */
  schema: 0,
  "retry-accounts": 1,
  "purge-invitations": 2,
  "queue requeue": 3,
  "queue add": 4,
  "queue cancel": 5,
  "queue erase": 6,
  "purge-jobs": 7,
  "keys rotate": 8,
  "queue pause": 9,
} as const;

export type LockName = keyof typeof LOCK_KEYS;

/** Part `index` of `count`, counted from 0; the whole queue is part 0 of 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const WHOLE_QUEUE: Shard = { index: 0, count: 1 };

/**
 * A part of the queue takes its own lock, and shares the whole queue's: parts run beside each other,
 * but none beside a run over everything.
 */
export function tryLock(key: number, shard: Shard): string {
  const take = (lock: number) => `pg_try_advisory_xact_lock(${LOCK_CLASS}, ${lock})`;
  const share = (lock: number) => `pg_try_advisory_xact_lock_shared(${LOCK_CLASS}, ${lock})`;
  const schema = key === LOCK_KEYS.schema ? take(0) : share(0);
  const whole = key <= 0 ? "true" : take(key);
  const command = shard.count === 1 ? whole : `${share(key)} and ${take(shardKey(shard))}`;
  return `select ${schema} as schema, ${command} as command, now() as now`;
}

/** Beyond the keys of commands, one for each part of each way to divide the queue. */
export function shardKey({ index, count }: Shard): number {
  return 1_000_000 + count * 1000 + index;
}
