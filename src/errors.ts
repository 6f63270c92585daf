// The faults that end a command with a message instead of a stack, each with its exit code.
import { EXIT, type ExitCode } from "./exit-codes.ts";

/** A fault we can explain. Its message names the thing, the value and the next step. */
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

/** Also a schema that is missing, too old or too new: the installation is wrong, not the call. */
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

/** Somebody else holds a lock that this command cannot do without. */
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
 * One statement was canceled: it waited too long for a lock, or lost a deadlock. Postgres answers, and
 * the connection goes on as it was.
 */
export class DatabaseBusy extends DatabaseUnavailable {}

export class IdentityUnavailable extends ExpectedError {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.unavailable, message, options);
  }
}

/**
 * Zitadel fails as it does for a key that is gone, and for a database of its own that is: whether
 * this is an outage is not known, so it does not open the breaker.
 */
export class IdentityUnproven extends IdentityUnavailable {}

/** Zitadel refused our credentials or permission: an operator must act, no job is to blame. */
export class IdentityRefused extends ExpectedError {
  constructor(message: string, options?: ErrorOptions) {
    super(EXIT.refused, message, options);
  }
}

/** Zitadel or a proxy before it asks us to wait. */
export class IdentityRateLimited extends ExpectedError {
  readonly retryAfterMs: number | null;
  constructor(message: string, retryAfterMs: number | null) {
    super(EXIT.tempfail, message);
    this.retryAfterMs = retryAfterMs;
  }
}
