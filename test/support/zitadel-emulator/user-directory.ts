// The organizations and users of the instance, with both uniqueness rules checked at the commit.
import { errors } from "./api-error.ts";
import type { UserChange, UserFacts, UserRecord } from "./user-record.ts";

export type OrganizationState = "active" | "inactive" | "removed";

export interface Organization {
  readonly orgId: string;
  readonly primaryDomain: string;
  readonly state: OrganizationState;
}

export class UserDirectory {
  readonly #orgs = new Map<string, Organization>();
  /** Includes orphans, whose ids stay taken. */
  readonly #users = new Map<string, UserRecord>();
  #usernameOwners = new Map<string, string>();
  readonly #removed: UserRecord[] = [];
  #isUsernamePerOrg: boolean;
  #sequence = 0;

  constructor(isUsernamePerOrg: boolean) {
    this.#isUsernamePerOrg = isUsernamePerOrg;
  }

  addOrg(orgId: string, primaryDomain: string): void {
    this.#orgs.set(orgId, { orgId, primaryDomain, state: "active" });
  }

  /** Also a removed one. */
  findOrg(orgId: string): Organization | undefined {
    return this.#orgs.get(orgId);
  }

  findOrgByDomain(domain: string): Organization | undefined {
    return [...this.#orgs.values()].find((org) => org.primaryDomain === domain);
  }

  hasUserId(userId: string): boolean {
    return this.#users.has(userId);
  }

  findUser(userId: string): UserRecord | undefined {
    const user = this.#users.get(userId);
    return user?.isOrphan ? undefined : user;
  }

  /** Checks and commits in one step, so of parallel calls for one id or username one succeeds. */
  create(facts: UserFacts, nowMs: number): UserRecord {
    const key = this.#usernameKey(facts);
    if (this.#users.has(facts.userId)) throw errors.userIdExists();
    if (this.#usernameOwners.has(key)) throw errors.usernameTaken();
    this.#sequence += 1;
    const user: UserRecord = {
      ...facts,
      sequence: this.#sequence,
      createdAtMs: nowMs,
      removedAtMs: null,
      isOrphan: false,
    };
    this.#users.set(user.userId, user);
    this.#usernameOwners.set(key, user.userId);
    return user;
  }

  /** Throws as `create` does when the new username is taken. Null when there is no such user. */
  change(userId: string, { createdAt, ...facts }: Omit<UserChange, "userId">): UserRecord | null {
    const user = this.findUser(userId);
    if (!user) return null;
    const key = this.#usernameKey({ ...user, ...facts });
    if ((this.#usernameOwners.get(key) ?? userId) !== userId) throw errors.usernameTaken();
    this.#freeUsernames(userId);
    this.#usernameOwners.set(key, userId);
    return Object.assign(
      user,
      facts,
      createdAt === undefined ? {} : { createdAtMs: Date.parse(createdAt) },
    );
  }

  /** As the policy "user login must be domain" does when it changes: off, it renames everybody. */
  scopeUsernames(isPerOrg: boolean): void {
    const wasPerOrg = this.#isUsernamePerOrg;
    this.#isUsernamePerOrg = isPerOrg;
    for (const user of this.listUsers()) {
      const domain = this.#orgs.get(user.orgId)?.primaryDomain ?? "";
      if (wasPerOrg && !isPerOrg) user.username = `${user.username}@${domain}`;
    }
    this.#usernameOwners = new Map(
      this.listUsers().map((user) => [this.#usernameKey(user), user.userId]),
    );
  }

  /** Frees id and username. False when there is no such user. */
  removeUser(userId: string, nowMs: number): boolean {
    const user = this.#users.get(userId);
    if (!user) return false;
    this.#users.delete(userId);
    this.#freeUsernames(userId);
    this.#removed.push(user);
    user.removedAtMs = nowMs;
    return true;
  }

  /**
   * Removing one frees the usernames only: Zitadel emits no per-user removal, so the ids stay taken.
   * False when there is no such organization.
   */
  changeOrg(orgId: string, state: OrganizationState, nowMs: number): boolean {
    const org = this.#orgs.get(orgId);
    if (!org) return false;
    this.#orgs.set(orgId, { ...org, state });
    if (state === "removed") this.#orphanUsers(orgId, nowMs);
    return true;
  }

  /** In order of creation. */
  listUsers(): UserRecord[] {
    return [...this.#users.values()].filter((user) => !user.isOrphan);
  }

  /** What a projection that is at `atMs` shows: users removed later are still there. */
  listUsersAt(atMs: number): UserRecord[] {
    return [...this.#users.values(), ...this.#removed].filter(
      (user) => user.createdAtMs <= atMs && (user.removedAtMs === null || user.removedAtMs > atMs),
    );
  }

  get sequence(): number {
    return this.#sequence;
  }

  #orphanUsers(orgId: string, nowMs: number): void {
    for (const user of this.listUsers()) {
      if (user.orgId !== orgId) continue;
      this.#freeUsernames(user.userId);
      user.isOrphan = true;
      user.removedAtMs = nowMs;
    }
  }

  #freeUsernames(userId: string): void {
    for (const [key, owner] of this.#usernameOwners) {
      if (owner === userId) this.#usernameOwners.delete(key);
    }
  }

  #usernameKey({ username, orgId }: Pick<UserFacts, "username" | "orgId">): string {
    return (this.#isUsernamePerOrg ? username + orgId : username).toLowerCase();
  }
}
