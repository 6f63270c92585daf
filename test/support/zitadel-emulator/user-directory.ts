// The organizations and users of the instance, with both uniqueness rules checked at the commit.
import { errors } from "./api-error.ts";
import type { UserFacts, UserRecord } from "./user-record.ts";

export interface Organization {
  readonly orgId: string;
  readonly primaryDomain: string;
}

export class UserDirectory {
  readonly #orgs = new Map<string, Organization>();
  /** Includes orphans, whose ids stay taken. */
  readonly #users = new Map<string, UserRecord>();
  readonly #usernameOwners = new Map<string, string>();
  readonly #removed: UserRecord[] = [];
  #sequence = 0;

  addOrg(orgId: string, primaryDomain: string): void {
    this.#orgs.set(orgId, { orgId, primaryDomain });
  }

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
  create(facts: UserFacts, isUsernamePerOrg: boolean, nowMs: number): UserRecord {
    const key = usernameKey(facts, isUsernamePerOrg);
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

  /** Frees the usernames only: Zitadel emits no per-user removal, so the ids stay taken. */
  removeOrg(orgId: string, nowMs: number): void {
    this.#orgs.delete(orgId);
    for (const user of this.#users.values()) {
      if (user.orgId !== orgId || user.isOrphan) continue;
      this.#freeUsernames(user.userId);
      user.isOrphan = true;
      user.removedAtMs = nowMs;
    }
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

  #freeUsernames(userId: string): void {
    for (const [key, owner] of this.#usernameOwners) {
      if (owner === userId) this.#usernameOwners.delete(key);
    }
  }
}

function usernameKey(facts: UserFacts, isUsernamePerOrg: boolean): string {
  const scoped = isUsernamePerOrg ? facts.username + facts.orgId : facts.username;
  return scoped.toLowerCase();
}
