// Carries out the orders of a test on an emulator's own state.
import type { EmulatorState } from "./emulator-state.ts";
import { generateId } from "./generated-id.ts";
import type { PublicPort } from "./public-port.ts";
import { changeSettings } from "./settings.ts";
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
    deleteUser: async (userId) => state.run.directory.removeUser(userId, state.now()),
    async addOrg({ orgId, primaryDomain }) {
      state.run.directory.addOrg(orgId, primaryDomain);
    },
    async removeOrg(orgId) {
      state.run.directory.removeOrg(orgId, state.now());
    },

    settings: async () => state.settings,
    changeSettings: async (change) => (state.settings = changeSettings(state.settings, change)),
    async advanceClock(ms) {
      const clockOffsetMs = state.settings.clockOffsetMs + ms;
      state.settings = { ...state.settings, clockOffsetMs };
    },
    async revokeTokens(options) {
      state.tokens.revokeAll(options);
    },
    setDown: (isDown) => (isDown ? publicPort.close() : publicPort.reopen()),

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

function addUser(state: EmulatorState, user: UserToAdd): UserRecord {
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
  return directory.create(facts, state.settings.perOrgUsernames, state.now());
}

function listed(user: UserRecord): ListedUser {
  const { sequence, createdAtMs, removedAtMs: _removed, isOrphan: _orphan, ...facts } = user;
  return { ...facts, createdOrder: sequence, createdAt: new Date(createdAtMs).toISOString() };
}
