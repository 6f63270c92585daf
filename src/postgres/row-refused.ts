// A change that Postgres refuses because of a row: the constraint or trigger, and the server's message.
import { ExpectedError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import { oneLine } from "../one-line.ts";

/** The fields of the server's error message, as in the protocol. */
export interface ServerError extends Error {
  readonly code?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly constraint?: string;
  readonly detail?: string;
  /** The call stack of functions, such as `PL/pgSQL function auth.refuse() line 1 at RAISE`. */
  readonly where?: string;
}

/** One refused row, as in reports. */
export interface Refusal {
  readonly id: string;
  /** null if a trigger refused the row. */
  readonly constraint: string | null;
  /** With its schema; null if a trigger refused the row. */
  readonly table: string | null;
  /** The server's message on one line; for a trigger, with the function that raised it. */
  readonly message: string;
}

const LONGEST = 500;
const FUNCTION = /^(?:PL\/\w+|SQL) function (\S+\(.*?\))/m;

/**
 * A constraint, a trigger, or a value that does not fit its column: the row is the cause, not the tool or
 * Postgres. Of several rows in one statement it may be any: see separate-refused.ts.
 */
export class RowRefused extends ExpectedError {
  readonly sqlState: string;
  readonly constraint: string | null;
  readonly table: string | null;
  /** The server's message, never its DETAIL, which quotes values of the row. */
  readonly reason: string;
  /** IDs in the error's DETAIL: the first rows to suspect. They are not printed. */
  readonly suspects: readonly string[];

  constructor(error: ServerError) {
    const sqlState = error.code ?? "";
    const constraint = error.constraint ?? null;
    const table =
      error.table === undefined ? null : [error.schema ?? [], error.table].flat().join(".");
    const reason = reasonOf(error);
    const rule = [constraint ?? [], table === null ? [] : `table ${table}`, `SQLSTATE ${sqlState}`];
    super(
      EXIT.fault,
      `Postgres refused the row: ${reason} (${rule.flat().join(", ")}). ` +
        "Change the row or the rule, then run the command again.",
    );
    this.sqlState = sqlState;
    this.constraint = constraint;
    this.table = table;
    this.reason = reason;
    this.suspects = (error.detail ?? "").match(UUIDS) ?? [];
  }

  toRefusal(id: string): Refusal {
    return { id, constraint: this.constraint, table: this.table, message: this.reason };
  }
}

/** A trigger can discard or alter a change without an error. 02000 is SQL's "no data". */
export function changedByTrigger(table: string): RowRefused {
  const message = `a trigger on ${table} discarded or changed the row`;
  return new RowRefused(Object.assign(new Error(message), { code: "02000" }));
}

/** The result for each row that a statement was to write. */
export interface Written {
  /** The table on which a trigger changed what was written; null if the row was written as asked. */
  readonly overruledOn: string | null;
}

/**
 * Call it within the statement's transaction, so that the transaction rolls back.
 * @throws RowRefused if a row was not written as asked
 */
export function checkWritten(rows: readonly Written[]): void {
  const table = rows.find((row) => row.overruledOn !== null)?.overruledOn ?? null;
  if (table !== null) throw changedByTrigger(table);
}

const UUIDS = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

function reasonOf({ message, where = "" }: ServerError): string {
  const [, raisedBy] = FUNCTION.exec(where) ?? [];
  // A trigger may quote the whole row, including the encrypted password.
  const said = oneLine(message).replace(/eyJ[\w-]{8,}(\.[\w-]*)*/g, "[redacted]");
  const short = said.length > LONGEST ? `${said.slice(0, LONGEST - 1)}…` : said;
  return raisedBy === undefined ? short : `${short} (raised by ${oneLine(raisedBy).slice(0, 100)})`;
}

/** Constraints, values, and every class that Postgres itself does not use: a trigger's own SQLSTATE. */
const ROW = /^(09|20|21|22|23|27|38|39|44|54|P0|XX)/;
const POSTGRES = /^(0[0-9A-Z]|2[0-9A-Z]|3[0-9A-Z]|4[0-9A-Z]|5[0-9A-Z]|72|F0|HV)/;
/** Errors in a function that are no fault of the row: lost servers, locks, privileges, full disks. */
const CIRCUMSTANCES = /^(08|25006|40|42501|55P03|57|58)/;

/**
 * Whether a row is the cause. A trigger may raise any SQLSTATE, or be broken for some rows only: 42703 in its
 * body does not mean that our schema is old. `where` shows that a function was running.
 */
export function isRowRefused({ code, where = "" }: ServerError): boolean {
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) return false;
  // A full disk or memory is a fault of Postgres, even if a trigger reports it.
  if (code.startsWith("53")) return false;
  if (/ at RAISE$/m.test(where.split("\n")[0] ?? "")) return true;
  if (ROW.test(code) || !POSTGRES.test(code)) return true;
  return FUNCTION.test(where) && !CIRCUMSTANCES.test(code);
}
