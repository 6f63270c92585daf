// Translates driver errors and SQLSTATEs, so that no other folder has to know them.
import { ConfigError, DatabaseBusy, DatabaseUnavailable } from "../errors.ts";
import { oneLine } from "../one-line.ts";
import { isRowRefused, RowRefused, type ServerError } from "./row-refused.ts";
import { tlsAdvice } from "./tls-advice.ts";

const MIGRATE =
  "if DATABASE_URL names the right database, run `family-hub-jobs migrate` (as the owner of FamilyHub's tables)";
const COMPARE = "`family-hub-jobs migrate status` shows what differs and how to fix it";
const FORBIDDEN =
  "run deploy/postgres/role.sql, which grants the role of DATABASE_URL what it needs; " +
  "migrate as the owner of FamilyHub's tables";

/** SQLSTATE or errno prefix -> what it means when no row is at fault. The first match wins. */
const TABLE: readonly (readonly [RegExp, (error: ServerError) => Error])[] = [
  [/^(3F000|42P01|42703|42883)$/, (e) => config(e, `the schema is missing or old: ${MIGRATE}`)],
  // A column is generated or has another type, or a view or a rule interferes: `migrate` compares these.
  [
    /^(42804|42809|428C9|0A000|55000)$/,
    (e) => config(e, `a table differs from what this tool needs: ${COMPARE}`),
  ],
  [/^(28|3D)/, (e) => config(e, "check DATABASE_URL (or PG*)")],
  [/^42501$/, (e) => config(e, FORBIDDEN)],
  [/^53/, noRoom],
  [/^58/, failing],
  [/^25006$/, readOnly],
  [/^(08|57P0|25P03)/, unavailable],
  [/^(40001|40P01|55P03|57014)$/, busy],
  [/^(E[A-Z]+|CERT_|DEPTH_|SELF_|UNABLE_|ERR_)/, unavailable],
];

/** Canceled by `statement_timeout` or by an administrator. */
export function isCanceled(error: unknown): boolean {
  return sqlStateOf(error) === "57014";
}

/** A deadlock or a serialization failure: the transaction was rolled back and may be repeated. */
export function isConflict(error: unknown): boolean {
  return ["40001", "40P01"].includes(sqlStateOf(error) ?? "");
}

/** The SQLSTATE behind an error that `translateDatabaseError` returned. */
function sqlStateOf(error: unknown): string | undefined {
  return (error as { cause?: ServerError }).cause?.code;
}

export function translateDatabaseError(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const driverError: ServerError = error instanceof AggregateError ? pickCause(error) : error;
  // The message may be another server's: it must not look like lines of ours.
  driverError.message = oneLine(driverError.message);
  const { code } = driverError;
  if (code === undefined) return translateByText(driverError);
  if (isRowRefused(driverError)) return new RowRefused(driverError);
  const row = TABLE.find(([pattern]) => pattern.test(code));
  return row === undefined ? driverError : row[1](driverError);
}

/** Whether Postgres refused because of a missing privilege. */
export function isForbidden(error: Error): boolean {
  return sqlStateOf(error) === "42501";
}

/** node-postgres has no codes for connection losses that it detects itself. */
function translateByText(error: ServerError): Error {
  if (/^SASL|password must be a string/.test(error.message)) {
    return config(error, "DATABASE_URL (or PG*) lacks the password that Postgres asks for");
  }
  if (error.message.startsWith("Query read timeout")) {
    return new DatabaseUnavailable(
      "Postgres took longer than a minute for one statement: see pg_stat_activity for what it waits on.",
      { cause: error },
    );
  }
  const lost =
    /terminated|timeout|not queryable|closed|does not support SSL|establishing an SSL|no PostgreSQL user/i;
  return lost.test(error.message) ? unavailable(error) : error;
}

/** A host with several addresses fails as an AggregateError whose own message is empty. */
function pickCause(error: AggregateError): ServerError {
  return (error.errors[0] as ServerError | undefined) ?? error;
}

function config(error: ServerError, advice: string): Error {
  return new ConfigError(`Postgres says: ${error.message}. ${capitalized(advice)}.`, {
    cause: error,
  });
}

function unavailable(error: ServerError): Error {
  const what = error.message === "" ? (error.code ?? "no answer") : error.message;
  const tls = tlsAdvice(error);
  if (tls !== null) {
    return new DatabaseUnavailable(`${tls.what}: ${what}. ${tls.advice}.`, { cause: error });
  }
  return new DatabaseUnavailable(
    `Postgres is unreachable: ${what}. Check that it runs and that DATABASE_URL (or PG*) names it.`,
    { cause: error },
  );
}

/** After a failover this server is a standby, or a setting forbids every change. */
function readOnly(error: ServerError): Error {
  return new DatabaseUnavailable(
    `Postgres is read-only: ${error.message}. Name the primary in DATABASE_URL if this server is a standby ` +
      "(target_session_attrs=read-write finds it among several hosts); otherwise unset default_transaction_read_only.",
    { cause: error },
  );
}

/** Its disk or memory is full, or all its connections are taken. */
function noRoom(error: ServerError): Error {
  return new DatabaseUnavailable(
    `Postgres has no space left: ${error.message}. Free disk space on its server; the next run continues.`,
    { cause: error },
  );
}

/** The server's disk fails, or a file is missing. */
function failing(error: ServerError): Error {
  return new DatabaseUnavailable(
    `Postgres reports a failure: ${error.message}. Check its log; the next run continues.`,
    { cause: error },
  );
}

/** Another session holds what the statement needs, or it took too long: the next try may succeed. */
function busy(error: ServerError): Error {
  return new DatabaseBusy(
    `Postgres is busy: ${error.message}. Try again; pg_stat_activity shows who holds a lock.`,
    { cause: error },
  );
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
