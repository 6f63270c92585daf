// GetUserByLoginNameGlobal: one user of the instance by login name, in any case of letters.
import {
  GetUserByLoginNameGlobalResponse,
  type GetUserByLoginNameGlobalRequest,
} from "@zitadel/node/dist/api/generated/zitadel/management.js";
import { UserState } from "@zitadel/node/dist/api/generated/zitadel/user.js";
import { errors, invalidArgument } from "./api-error.ts";
import type { CallContext } from "./call-context.ts";
import { lengthBetween } from "./field-rules.ts";
import type { LifeState } from "./user-record.ts";
import { loginNameOf } from "./user-view.ts";

const STATES: Readonly<Record<LifeState, UserState>> = {
  active: UserState.USER_STATE_ACTIVE,
  inactive: UserState.USER_STATE_INACTIVE,
  locked: UserState.USER_STATE_LOCKED,
};

export function getUserByLoginName(
  context: CallContext,
  { loginName }: GetUserByLoginNameGlobalRequest,
): GetUserByLoginNameGlobalResponse {
  const violation = lengthBetween(
    "GetUserByLoginNameGlobalRequest",
    "LoginName",
    loginName,
    1,
    200,
  );
  if (violation) throw invalidArgument(null, violation);
  const wanted = loginName.toLowerCase();
  const user = context.run.directory
    .listUsers()
    .find((known) => loginNameOf(context, known).toLowerCase() === wanted);
  if (!user) throw errors.userNotFound();

  const date = new Date(user.createdAtMs);
  const names = [loginNameOf(context, user)];
  return GetUserByLoginNameGlobalResponse.fromPartial({
    user: {
      id: user.userId,
      state: STATES[user.state],
      userName: user.username,
      loginNames: names,
      preferredLoginName: names[0] ?? "",
      details: { creationDate: date, changeDate: date, resourceOwner: user.orgId },
      ...(user.type === "human" ? { human: {} } : { machine: { name: user.displayName } }),
    },
  });
}
