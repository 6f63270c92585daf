// Everything one emulated server knows; `run` is the part that a reset replaces.
import { AccessTokens } from "./access-tokens.ts";
import { CallLog } from "./call-log.ts";
import { FaultBook } from "./fault-book.ts";
import { HashingQueue } from "./hashing-queue.ts";
import { PauseBook } from "./pause-book.ts";
import type { ServiceAccount } from "./service-account.ts";
import type { EmulatorSettings } from "./settings.ts";
import { UserDirectory } from "./user-directory.ts";
import { NO_FACTS } from "./user-record.ts";

/** A call keeps the run it began in, so what is in flight at a reset cannot touch the new one. */
export interface Run {
  readonly directory: UserDirectory;
  readonly faults: FaultBook;
  readonly pauses: PauseBook;
  readonly calls: CallLog;
  readonly hashing: HashingQueue;
}

export class EmulatorState {
  readonly account: ServiceAccount;
  readonly tokens: AccessTokens;
  readonly #initialSettings: EmulatorSettings;
  settings: EmulatorSettings;
  run: Run;
  /** host:port of the public port, the instance's own domain. */
  authority = "";

  constructor(account: ServiceAccount, settings: EmulatorSettings) {
    this.account = account;
    this.tokens = new AccessTokens(account.pat);
    this.#initialSettings = settings;
    this.settings = settings;
    this.run = this.#newRun();
  }

  /** Milliseconds on the server's clock. */
  now(): number {
    return Date.now() + this.settings.clockOffsetMs;
  }

  isInstanceHost(host: string): boolean {
    return host === this.authority || this.settings.extraAuthorities.includes(host);
  }

  /** As just after the start; access tokens that were issued stay valid. */
  reset(): void {
    const { pauses } = this.run;
    this.settings = this.#initialSettings;
    this.run = this.#newRun();
    this.tokens.restorePat();
    pauses.releaseAll();
  }

  #newRun(): Run {
    const directory = new UserDirectory();
    directory.addOrg(this.account.orgId, "target.localhost");
    const { userId, orgId } = this.account;
    directory.create(
      {
        ...NO_FACTS,
        type: "machine",
        userId,
        orgId,
        username: "service-account",
        createdBy: "setup",
      },
      false,
      0,
    );
    return {
      directory,
      faults: new FaultBook(),
      pauses: new PauseBook(),
      calls: new CallLog(),
      hashing: new HashingQueue(),
    };
  }
}
