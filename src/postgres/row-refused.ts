// A change that Postgres refuses because of a row: which rule refused it, and what the server said.
import { ExpectedError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import { oneLine } from "../one-line.ts";

/** What node-postgres gives of the server's error message, each field as the protocol has it. */
export interface ServerError extends Error {
  readonly code?: string;
  readonly schema?: string;
  readonly table?: string;
  readonly constraint?: string;
  readonly detail?: string;
  /** The call stack of functions, such as `PL/pgSQL function auth.refuse() line 1 at RAISE`. */
  readonly where?: string;
}

/** One refused row, as reports name it. */
export interface Refusal {
  readonly id: string;
  /** null where a trigger refused the row. */
  readonly constraint: string | null;
  /** With its schema; null where a trigger refused the row. */
  readonly table: string | null;
  /** The server's own words on one line; for a trigger also which function raised them. */
  readonly message: string;
}

const LONGEST = 500;
const FUNCTION = /^(?:PL\/\w+|SQL) function (\S+\(.*?\))/m;

/**
 * A constraint, a trigger or a value that fits no column: the row is at fault, not the tool and not
 * Postgres. Of several rows in one statement, any may be the one: see separate-refused.ts.
 */
export class RowRefused extends ExpectedError {
  readonly sqlState: string;
  readonly constraint: string | null;
  readonly table: string | null;
  /** The server's own words. Never its DETAIL, which quotes the row's values. */
  readonly reason: string;
  /** Ids that its DETAIL names: where to look first for the row at fault, and not to be printed. */
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

/** A trigger can drop a change, or alter it, and raise no error. 02000 is SQL's "no data". */
export function changedByTrigger(table: string): RowRefused {
  const message = `a trigger on ${table} discarded or changed the row`;
  return new RowRefused(Object.assign(new Error(message), { code: "02000" }));
}

/** What a statement answers for each row that it was to write. */
export interface Written {
  /** The table on which a trigger overruled what was asked; null where the row is as asked. */
  readonly overruledOn: string | null;
}

/**
 * To be called within the transaction of the statement, so that nothing of it stays.
 * @throws RowRefused when one of the rows is not as asked
 */
export function checkWritten(rows: readonly Written[]): void {
  const table = rows.find((row) => row.overruledOn !== null)?.overruledOn ?? null;
  if (table !== null) throw changedByTrigger(table);
}

const UUIDS = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

function reasonOf({ message, where = "" }: ServerError): string {
  const [, raisedBy] = FUNCTION.exec(where) ?? [];
  // A trigger may quote the whole row, and with it the encrypted password.
  const said = oneLine(message).replace(/eyJ[\w-]{8,}(\.[\w-]*)*/g, "[redacted]");
  const short = said.length > LONGEST ? `${said.slice(0, LONGEST - 1)}…` : said;
  return raisedBy === undefined ? short : `${short} (raised by ${oneLine(raisedBy).slice(0, 100)})`;
}

/** Constraints, values, and whatever class Postgres itself does not use: a trigger's own SQLSTATE. */
const ROW = /^(09|20|21|22|23|27|38|39|44|54|P0|XX)/;
const POSTGRES = /^(0[0-9A-Z]|2[0-9A-Z]|3[0-9A-Z]|4[0-9A-Z]|5[0-9A-Z]|72|F0|HV)/;
/** What a function may meet through no fault of the row: lost servers, locks, privileges, full disks. */
const CIRCUMSTANCES = /^(08|25006|40|42501|55P03|57|58)/;

/**
 * Whether a row is at fault. A trigger may raise any SQLSTATE, and may itself be broken for some rows
 * only (42703 in its body is not our schema being old): `where` says that a function was running.
 */
export function isRowRefused({ code, where = "" }: ServerError): boolean {
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) return false;
  // A full disk or memory is Postgres' own, even where a trigger passes it on.
  if (code.startsWith("53")) return false;
  if (/ at RAISE$/m.test(where.split("\n")[0] ?? "")) return true;
  if (ROW.test(code) || !POSTGRES.test(code)) return true;
  return FUNCTION.test(where) && !CIRCUMSTANCES.test(code);
}
