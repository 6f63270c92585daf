// Carries out the orders of a test on an emulator's own state.
import type { EmulatorState } from "./emulator-state.ts";
import { generateId } from "./generated-id.ts";
import type { PublicPort } from "./public-port.ts";
import { ServerLife } from "./server-life.ts";
import { NO_FACTS, type ListedUser, type UserRecord } from "./user-record.ts";
import type { UserToAdd, ZitadelControl } from "./zitadel-control.ts";

export function localControl(
  state: EmulatorState,
  publicPort: PublicPort,
  url: string,
): ZitadelControl {
  const { account } = state;
  const users = () =>
    state.run.directory.listUsers().filter(({ userId }) => userId !== account.userId);
  return {
    info: async () => ({
      url,
      orgId: account.orgId,
      serviceKey: account.serviceKey,
      pat: account.pat,
    }),
    async reset() {
      state.reset();
      await publicPort.reopen();
    },

    listUsers: async () => users().map(listed),
    async findUser({ userId, username }) {
      const found = users().find(
        (user) =>
          (userId === undefined || user.userId === userId) &&
          (username === undefined || user.username.toLowerCase() === username.toLowerCase()),
      );
      return found ? listed(found) : null;
    },
    addUser: async (user) => listed(addUser(state, user)),
    async changeUser({ userId, ...change }) {
      const changed = state.run.directory.change(userId, change);
      return changed && listed(changed);
    },
    deleteUser: async (userId) => state.run.directory.removeUser(userId, state.now()),
    async addOrg({ orgId, primaryDomain }) {
      state.run.directory.addOrg(orgId, primaryDomain);
    },
    changeOrg: async (org) => state.run.directory.changeOrg(org.orgId, org.state, state.now()),

    settings: async () => state.settings,
    changeSettings: async (change) => state.change(change),
    async advanceClock(ms) {
      const clockOffsetMs = state.settings.clockOffsetMs + ms;
      state.settings = { ...state.settings, clockOffsetMs };
    },
    async revokeTokens(options) {
      state.tokens.revokeAll(options);
    },
    async setDown(isDown) {
      if (isDown) return publicPort.close();
      state.life = new ServerLife();
      await publicPort.reopen();
    },
    async shutDown({ commits }) {
      state.life.end(commits);
      await publicPort.close();
    },

    async addFault(fault) {
      state.run.faults.add(fault);
    },
    async setFaults(faults) {
      state.run.faults.clear();
      for (const fault of faults) state.run.faults.add(fault);
    },
    waitForPaused: ({ name, count }) => state.run.pauses.reached(name, count ?? 1),
    release: async (name) => state.run.pauses.release(name),

    counters: async () => state.run.calls.counters(),
    calls: async () => state.run.calls.calls,
    waitForCalls: ({ method, count }) => state.run.calls.reached(method, count),
  };
}

function addUser(state: EmulatorState, { createdAt, ...user }: UserToAdd): UserRecord {
  const orgId = user.orgId ?? state.account.orgId;
  const { directory } = state.run;
  if (!directory.findOrg(orgId)) directory.addOrg(orgId, `${orgId}.localhost`);
  const facts = {
    ...NO_FACTS,
    givenName: "Given",
    familyName: "Family",
    displayName: "Given Family",
    email: user.username.includes("@") ? user.username : `${user.username}@example.com`,
    ...user,
    orgId,
    userId: user.userId ?? generateId(),
    createdBy: "admin",
  } as const;
  return directory.create(facts, createdAt === undefined ? state.now() : Date.parse(createdAt));
}

function listed(user: UserRecord): ListedUser {
  const { sequence, createdAtMs, removedAtMs: _removed, isOrphan: _orphan, ...facts } = user;
  return { ...facts, createdOrder: sequence, createdAt: new Date(createdAtMs).toISOString() };
}
