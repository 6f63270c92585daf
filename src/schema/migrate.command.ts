// `migrate`, `migrate status`, `migrate rollback`: the schema, through knex.
import { UsageError } from "../errors.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import { config, type Runtime } from "../runtime.ts";
import { underLock } from "../lock/under-lock.ts";
import {
  auditLostByRollback,
  migrateRollback,
  migrateUp,
  migrationStatus,
  type MigrateContext,
} from "./migrate.ts";
import { canAsk, confirm } from "../terminal/confirm.ts";
import { readAction, type ActionFlags } from "../command-line/operator-action.ts";
import type { OutputFlags } from "../terminal/output-flags.ts";
import { say } from "../terminal/say.ts";

export interface MigrateFlags extends OutputFlags, ActionFlags {
  readonly wait: number;
  readonly all?: boolean;
  readonly yes?: boolean;
}

export async function run(flags: MigrateFlags, runtime: Runtime): Promise<ExitCode> {
  const applied = await changing(flags, runtime, migrateUp);
  print(flags, runtime, { applied }, "applied", applied, TO_UNDO);
  return EXIT.ok;
}

/** Exit code 1 if the answer was no. */
export async function rollback(flags: MigrateFlags, runtime: Runtime): Promise<ExitCode> {
  if (flags.yes !== true && !(await mayDestroyAudit(flags, runtime))) {
    runtime.stderr.write("Nothing was rolled back.\n");
    return EXIT.fault;
  }
  const rolledBack = await changing(flags, runtime, (context) =>
    migrateRollback(context, flags.all === true),
  );
  print(flags, runtime, { rolledBack }, "rolled back", rolledBack, TO_APPLY);
  return EXIT.ok;
}

/** @throws UsageError if entries of the audit log would be lost, and it cannot ask */
async function mayDestroyAudit(flags: MigrateFlags, runtime: Runtime): Promise<boolean> {
  const { database } = config(runtime, "database");
  // No lock is held while the operator decides.
  const lost = await underLock(database, "schema", flags.wait, (lock) =>
    auditLostByRollback(lock, flags.all === true),
  );
  if (lost === 0) return true;
  const lines = lost === 1 ? "1 line" : `${lost} lines`;
  if (canAsk(runtime)) return confirm(`Permanently delete the audit log (${lines})?`, runtime);
  throw new UsageError(
    `Nothing was rolled back: this would permanently delete the audit log, ${lines} about jobs and invitations ` +
      "in family_hub_jobs.operator_actions. Save that table, then add --yes.",
  );
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

/** With --check, exit code 1 while migrations are pending, so that a deployment can wait for them. */
export async function status(
  flags: OutputFlags & { readonly check?: boolean },
  runtime: Runtime,
): Promise<ExitCode> {
  const { database } = config(runtime, "database");
  const found = await migrationStatus(database);
  const { migrations, differences } = found;
  if (flags.json === true) runtime.stdout.write(`${JSON.stringify(found)}\n`);
  else {
    for (const { name, state } of migrations) runtime.stdout.write(`${state.padEnd(8)} ${name}\n`);
    for (const { table, found, fix } of differences) {
      say(runtime.stdout, `differs  ${table} ${found}\n`, "differs  ".length);
      // It may be a statement, which people copy.
      runtime.stdout.write(`         fix: ${fix}\n`);
    }
  }
  if (flags.check !== true) return EXIT.ok;
  // Waiting helps with a pending migration, but not with a difference.
  if (differences.length > 0) return EXIT.config;
  return migrations.every(({ state }) => state === "applied") ? EXIT.ok : EXIT.fault;
}

const TO_UNDO =
  "To undo: family-hub-jobs migrate rollback (FamilyHub's own tables and rows stay)\n";
const TO_APPLY =
  "To apply again: family-hub-jobs migrate (rows of the tables that were dropped do not come back)\n";

/** @param takeBack how to undo it: the last line, if anything was changed */
function print(
  flags: OutputFlags,
  { stdout, stderr }: Runtime,
  json: object,
  verb: string,
  names: string[],
  takeBack: string,
): void {
  if (flags.json === true) stdout.write(`${JSON.stringify(json)}\n`);
  else if (flags.quiet === true) return;
  else if (names.length === 0)
    stdout.write(
      verb === "applied"
        ? "nothing to do: the schema is up to date\n"
        : "nothing to roll back: no migration is applied\n",
    );
  else {
    for (const name of names) stdout.write(`${verb} ${name}\n`);
    say(stderr, takeBack);
  }
}
