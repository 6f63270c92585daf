// Checks of the schema: migrations, tables, privileges, and the indexes that runs need.
import { findFaultyIndexes, rebuildOfDueIndex } from "./indexes.sql.ts";
import { findForbiddenSchemas, findHiddenTables, findLackingCommands } from "./privileges.sql.ts";
import { listAppliedMigrations } from "../schema/applied-migrations.sql.ts";
import { compareSchema } from "../schema/comparison.sql.ts";
import { describeRefused, passStatement } from "../queue-table/row-security.sql.ts";
import { compareMigrations, MIGRATIONS as KNOWN } from "../queue-table/schema.sql.ts";
import { CONNECTION, fail, ok, warn, type Check, type Finding } from "./check.ts";

const MIGRATE = "`family-hub-jobs migrate`, as the owner of FamilyHub's tables";
const GRANT =
  '`psql "$OWNER_URL" -v ON_ERROR_STOP=1 -f deploy/postgres/role.sql`, as the owner of FamilyHub\'s tables';

export const MIGRATIONS: Check = {
  name: "migrations",
  group: "Schema",
  needs: [CONNECTION],
  look: async (context) => {
    const applied = await listAppliedMigrations(await context.postgres());
    if (applied === null) {
      return fail("no migrations are applied", `check DATABASE_URL; then ${MIGRATE}`);
    }
    const { pending, outdated, newer } = compareMigrations(applied);
    if (newer.length > 0) {
      return fail(
        `a newer version of this tool migrated the database: ${newer.join(", ")}`,
        "install that version here: `npm ci && npm install -g .` in its checkout",
      );
    }
    if (outdated.length > 0) {
      return fail(
        `an unreleased version of this tool migrated the database: ${outdated.join(", ")}`,
        MIGRATE,
      );
    }
    if (pending.length > 0) return fail(`pending: ${pending.join(", ")}`, MIGRATE);
    return ok(`all ${KNOWN.length} applied`);
  },
};

export const TABLES: Check = {
  name: "tables",
  group: "Schema",
  needs: [CONNECTION, "migrations"],
  look: async (context) => {
    const { tables, differences } = await compareSchema(await context.postgres(), KNOWN, true);
    if (differences.length === 0) return ok(`all ${tables} as this tool needs them`);
    return differences.map(({ table, found, fix }) => fail(`${table} ${found}`, fix));
  },
};

/** The scheduled commands; a person who runs another one sees its message about a missing privilege. */
const SCHEDULED: readonly string[] = ["retry-accounts", "purge-invitations", "purge-jobs"];

export const PRIVILEGES: Check = {
  name: "privileges",
  group: "Schema",
  needs: ["tables"],
  look: async (context) => {
    const db = await context.postgres();
    const forbidden = await findForbiddenSchemas(db);
    // Without access to a schema every command fails: that is one problem, not one for each command.
    if (forbidden.length > 0) {
      return forbidden.map((schema) =>
        fail(`lacks USAGE on schema ${schema}: all commands`, GRANT),
      );
    }
    const { commands, lacking } = await findLackingCommands(db);
    if (lacking.length === 0) return ok(`enough for all ${commands} kinds of commands`);
    return lacking.map(({ command, lacks }): Finding => {
      const found = `${command} lacks ${lacks.join("; ")}`;
      return SCHEDULED.includes(command) ? fail(found, GRANT) : warn(found, GRANT);
    });
  },
};

export const ROW_SECURITY: Check = {
  name: "row security",
  group: "Schema",
  needs: ["privileges"],
  look: async (context) => {
    const hiding = await findHiddenTables(await context.postgres());
    if (hiding.length === 0) return ok("hides no row from this role");
    return hiding.map((found) => {
      const { role } = found;
      const bypass = `or, as a superuser: alter role ${role} bypassrls;`;
      return fail(
        `may hide rows from the role ${role} or refuse its changes: ${describeRefused(found)}`,
        `in psql, as the owner of the table: ${passStatement(found)} ${bypass}`,
      );
    });
  },
};

export const INDEXES: Check = {
  name: "indexes",
  group: "Schema",
  needs: ["tables"],
  look: async (context) => {
    const { indexes, faulty } = await findFaultyIndexes(await context.postgres());
    if (faulty.length === 0) return ok(`all ${indexes} there and valid`);
    return faulty.map(({ name, state, sql }) =>
      fail(`${name} is ${state}: runs read the whole table`, `in psql: ${sql}`),
    );
  },
};

export const INDEX_USED: Check = {
  name: "due jobs",
  group: "Schema",
  needs: ["indexes"],
  look: async (context) => {
    const db = await context.postgres();
    const rebuild = await db.undone(rebuildOfDueIndex);
    if (rebuild === null) return ok("found by their index");
    return warn(
      "the planner cannot use ix_queued_managed_account_creations_due for a run's query",
      `in psql: ${rebuild}`,
    );
  },
};
