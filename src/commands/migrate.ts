// `migrate`, `migrate status`, `migrate rollback`: the schema, through knex.
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { config, underLock, type Runtime } from "../runtime.ts";
import {
  migrateRollback,
  migrateUp,
  migrationStatus,
  type MigrateContext,
} from "../use-cases/migrate.ts";
import { readAction, type ActionFlags } from "./operator-action.ts";
import type { OutputFlags } from "./run-flags.ts";

export interface MigrateFlags extends OutputFlags, ActionFlags {
  readonly wait: number;
  readonly all?: boolean;
}

export async function run(flags: MigrateFlags, runtime: Runtime): Promise<ExitCode> {
  const applied = await changing(flags, runtime, migrateUp);
  print(flags, runtime, { applied }, "applied", applied);
  return EXIT.ok;
}

export async function rollback(flags: MigrateFlags, runtime: Runtime): Promise<ExitCode> {
  const rolledBack = await changing(flags, runtime, (context) =>
    migrateRollback(context, flags.all === true),
  );
  print(flags, runtime, { rolledBack }, "rolled back", rolledBack);
  return EXIT.ok;
}

function changing(
  flags: MigrateFlags,
  runtime: Runtime,
  change: (context: MigrateContext) => Promise<string[]>,
): Promise<string[]> {
  const action = readAction(flags);
  const { database } = config(runtime, "database");
  return underLock(database, "schema", flags.wait, (lock) =>
    change({ config: database, lock, action }),
  );
}

/** With --check exit code 1 while migrations are pending, so that a deployment can wait for them. */
export async function status(
  flags: OutputFlags & { readonly check?: boolean },
  runtime: Runtime,
): Promise<ExitCode> {
  const { database } = config(runtime, "database");
  const migrations = await migrationStatus(database);
  if (flags.json === true) runtime.stdout.write(`${JSON.stringify({ migrations })}\n`);
  else
    for (const { name, state } of migrations) runtime.stdout.write(`${state.padEnd(8)} ${name}\n`);
  if (flags.check !== true) return EXIT.ok;
  return migrations.every(({ state }) => state === "applied") ? EXIT.ok : EXIT.fault;
}

function print(
  flags: OutputFlags,
  runtime: Runtime,
  json: object,
  verb: string,
  names: string[],
): void {
  if (flags.json === true) runtime.stdout.write(`${JSON.stringify(json)}\n`);
  else if (flags.quiet === true) return;
  else if (names.length === 0)
    runtime.stdout.write("nothing to do: the schema is as it should be\n");
  else for (const name of names) runtime.stdout.write(`${verb} ${name}\n`);
}
