// Shows a user as GetUserByID and ListUsers do: filled where the server fills, empty elsewhere.
import { Details } from "@zitadel/node/dist/api/generated/zitadel/object/v2/object.js";
import {
  AccessTokenType,
  UserState,
  type HumanUser,
  type User,
} from "@zitadel/node/dist/api/generated/zitadel/user/v2/user.js";
import type { CallContext } from "./call-context.ts";
import type { LifeState, UserRecord } from "./user-record.ts";

export const STATES: Readonly<Record<LifeState, UserState>> = {
  active: UserState.USER_STATE_ACTIVE,
  inactive: UserState.USER_STATE_INACTIVE,
  locked: UserState.USER_STATE_LOCKED,
};

export function detailsOf(user: UserRecord): Details {
  const date = new Date(user.createdAtMs);
  return Details.fromPartial({
    sequence: user.sequence,
    changeDate: date,
    creationDate: date,
    resourceOwner: user.orgId,
  });
}

export function userView(context: CallContext, user: UserRecord): User {
  const loginName = loginNameOf(context, user);
  return {
    userId: user.userId,
    details: detailsOf(user),
    state: STATES[user.state],
    username: user.username,
    loginNames: [loginName],
    preferredLoginName: loginName,
    ...(user.type === "human"
      ? { human: humanView(user) }
      : {
          machine: {
            name: user.displayName,
            description: "",
            hasSecret: false,
            accessTokenType: AccessTokenType.ACCESS_TOKEN_TYPE_BEARER,
          },
        }),
  };
}

/** The username, with the organization's domain when usernames are unique per organization. */
export function loginNameOf({ state, run }: CallContext, user: UserRecord): string {
  if (!state.settings.perOrgUsernames) return user.username;
  return `${user.username}@${run.directory.findOrg(user.orgId)?.primaryDomain ?? ""}`;
}

/** The server leaves userId, state, username and the login names of the inner message empty. */
function humanView(user: UserRecord): HumanUser {
  const hasPassword = user.password !== null || user.passwordHash !== null;
  return {
    userId: "",
    state: UserState.USER_STATE_UNSPECIFIED,
    username: "",
    loginNames: [],
    preferredLoginName: "",
    profile: {
      givenName: user.givenName,
      familyName: user.familyName,
      nickName: user.nickName,
      displayName: user.displayName,
      preferredLanguage: user.preferredLanguage,
      gender: user.gender,
      avatarUrl: "",
    },
    email: { email: user.email, isVerified: user.emailVerified },
    phone: { phone: user.phone, isVerified: false },
    passwordChangeRequired: hasPassword && user.changeRequired,
    passwordChanged: hasPassword ? new Date(user.createdAtMs) : undefined,
    mfaInitSkipped: undefined,
  };
}
