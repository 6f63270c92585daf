// Everything one emulated server knows; `run` is the part that a reset replaces.
import { AccessTokens } from "./access-tokens.ts";
import { CallLog } from "./call-log.ts";
import { FaultBook } from "./fault-book.ts";
import { HashingQueue } from "./hashing-queue.ts";
import { PauseBook } from "./pause-book.ts";
import { ServerLife } from "./server-life.ts";
import type { ServiceAccount } from "./service-account.ts";
import { changeSettings, type EmulatorSettings, type SettingsChange } from "./settings.ts";
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
  /** Ended by a shutdown, and another one when the server comes back. */
  life = new ServerLife();
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

  change(change: SettingsChange): EmulatorSettings {
    const before = this.settings;
    this.settings = changeSettings(before, change);
    if (before.serviceAccountActive && !this.settings.serviceAccountActive) {
      this.tokens.revokeAll({ alsoPat: false });
      this.tokens.deletePat();
    }
    if (before.perOrgUsernames !== this.settings.perOrgUsernames) {
      this.run.directory.scopeUsernames(this.settings.perOrgUsernames);
    }
    return this.settings;
  }

  /** As just after the start; access tokens that were issued stay valid. */
  reset(): void {
    const { pauses } = this.run;
    this.settings = this.#initialSettings;
    this.run = this.#newRun();
    this.tokens.restorePat();
    this.life = new ServerLife();
    pauses.releaseAll();
  }

  #newRun(): Run {
    const directory = new UserDirectory(this.settings.perOrgUsernames);
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
