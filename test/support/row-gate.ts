// A gate in the middle of a command: the batch that changes or deletes the job named `gate` waits there.
import type { CliResult } from "./cli.ts";
import type { OwnServer } from "./own-server.ts";
import { openTransaction } from "./rows.ts";
import type { Scene } from "./scene.ts";
import { until } from "./wait-until.ts";

/** It waits until the holder of the advisory lock 4711 releases it. */
export const gateBefore = (change: "update" | "delete"): string => `
  create function wait_at_gate() returns trigger language plpgsql as $$
  begin
    perform pg_advisory_xact_lock_shared(4711);
    return coalesce(new, old);
  end $$;
  create trigger gate before ${change} on auth.queued_managed_account_creations
    for each row when (old.username = 'gate') execute function wait_at_gate()`;

/** SQL: whether a batch waits there. */
export const AT_GATE = `exists (select from pg_locks where locktype = 'advisory' and objid = 4711 and not granted
  and database = (select oid from pg_database where datname = current_database()))`;

/** Starts a command and crashes Postgres at the gate. Resolves when the command has ended and Postgres is back. */
export async function crashAtGate(
  scene: Scene,
  { postgres }: OwnServer,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<CliResult> {
  const gate = await openTransaction(scene.db, "select pg_advisory_xact_lock(4711)");
  const run = scene.start(args, env);
  await until(scene.db, AT_GATE);
  await postgres.crash();
  const ended = await run.ended;
  await gate.end();
  await postgres.restart();
  return ended;
}
