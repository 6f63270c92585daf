// Which advisory locks there are, and the statement that tries to take those of a command.

/** "FHJB": the first of the two keys of every lock of this tool. Neither key may ever change. */
export const LOCK_CLASS = 0x46484a42;
export const LOCK_KEYS = {
  /** Protects the schema from migrations and blocks no run: for read-only commands. */
  read: -1,
  /** Blocks everything else: for migrations. */
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

/** Shard `index` of `count`, counted from 0; the whole queue is shard 0 of 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const WHOLE_QUEUE: Shard = { index: 0, count: 1 };

/**
 * A shard takes its own lock exclusively and the whole queue's lock shared: shards run at the same time, but
 * not together with a run over the whole queue.
 */
export function tryLock(key: number, shard: Shard): string {
  const take = (lock: number) => `pg_try_advisory_xact_lock(${LOCK_CLASS}, ${lock})`;
  const share = (lock: number) => `pg_try_advisory_xact_lock_shared(${LOCK_CLASS}, ${lock})`;
  const schema = key === LOCK_KEYS.schema ? take(0) : share(0);
  const all = key <= 0 ? "true" : take(key);
  const command = shard.count === 1 ? all : `${share(key)} and ${take(shardKey(shard))}`;
  return `select ${schema} as schema, ${command} as command, now() as now`;
}

/** Above the keys of the commands: one key for each shard of each number of shards. */
export function shardKey({ index, count }: Shard): number {
  return 1_000_000 + count * 1000 + index;
}
