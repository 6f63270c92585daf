// The errors that end a command with a message instead of a stack trace, each with its exit code.
import { EXIT, type ExitCode } from "./exit-codes.ts";

/** An error that we can explain. Its message names the thing, the value and the next step. */
export class ExpectedError extends Error {
  readonly exitCode: ExitCode;
  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.exitCode = exitCode;
  }
}

export class UsageError extends ExpectedError {
  constructor(message: string) {
    super(EXIT.usage, message);
  }
}

/** Also for a missing, outdated or newer schema: the installation is wrong, not the command line. */
export class ConfigError extends ExpectedError {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.config, message, options);
  }
}

export class NotFoundError extends ExpectedError {
  constructor(message: string) {
    super(EXIT.fault, message);
  }
}

/** Another session holds a lock that this command needs. */
export class LockedError extends ExpectedError {
  constructor(message: string) {
    super(EXIT.tempfail, message);
  }
}

export class DatabaseUnavailable extends ExpectedError {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.unavailable, message, options);
  }
}

/**
 * One statement was canceled: it waited too long for a lock, or was the victim of a deadlock. Postgres
 * answers, and the connection still works.
 */
export class DatabaseBusy extends DatabaseUnavailable {}

export class IdentityUnavailable extends ExpectedError {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.unavailable, message, options);
  }
}

/**
 * The same answer can mean a deleted key or a failing database of Zitadel: as it is unknown whether this is
 * an outage, it does not open the breaker.
 */
export class IdentityUnproven extends IdentityUnavailable {}

/** Zitadel refused our credentials or permissions: an operator must act, and no job is the cause. */
export class IdentityRefused extends ExpectedError {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.refused, message, options);
  }
}

/** Zitadel or a proxy in front of it asked us to wait. */
export class IdentityRateLimited extends ExpectedError {
  readonly retryAfterMs: number | null;
  constructor(message: string, retryAfterMs: number | null) {
    super(EXIT.tempfail, message);
    this.retryAfterMs = retryAfterMs;
  }
}
