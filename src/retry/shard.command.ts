// The shard of a run: from --shard, or from --shards and the number of a pod.
import { UsageError } from "../errors.ts";
import type { Runtime } from "../runtime.ts";
import { WHOLE_QUEUE, type Shard } from "../postgres/lock-keys.ts";

export interface ShardFlags {
  readonly shard?: Shard;
  readonly shards?: number;
}

/**
 * Kubernetes numbers the pods of an Indexed Job from 0.
 * @throws UsageError for a number that is too high
 */
export function readShard(flags: ShardFlags, { env }: Runtime): Shard {
  if (flags.shards === undefined) return flags.shard ?? WHOLE_QUEUE;
  if (flags.shard !== undefined) throw new UsageError("Use --shard or --shards, not both.");
  const index = env["JOB_COMPLETION_INDEX"] ?? "";
  if (/^\d{1,3}$/.test(index) && Number(index) < flags.shards) {
    return { index: Number(index), count: flags.shards };
  }
  throw new UsageError(
    `JOB_COMPLETION_INDEX is "${index}": with --shards ${flags.shards} it must be 0 to ${flags.shards - 1}, ` +
      "as Kubernetes sets it in an Indexed Job; elsewhere write --shard i/n.",
  );
}
