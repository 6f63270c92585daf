// ListUsers: behind by the settable lag, and silent about users that the caller may not read.
import { ListDetails } from "@zitadel/node/dist/api/generated/zitadel/object/v2/object.js";
import { UserFieldName } from "@zitadel/node/dist/api/generated/zitadel/user/v2/query.js";
import type {
  ListUsersRequest,
  ListUsersResponse,
} from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import type { CallContext } from "./call-context.ts";
import { mayRead } from "./permissions.ts";
import { userTest } from "./user-queries.ts";
import type { UserRecord } from "./user-record.ts";
import { loginNameOf, userView } from "./user-view.ts";

export function listUsers(context: CallContext, request: ListUsersRequest): ListUsersResponse {
  const { state, run } = context;
  const atMs = state.now() - state.settings.listLagMs;
  const isWanted = userTest(request.queries, (user) => loginNameOf(context, user));
  const found = run.directory
    .listUsersAt(atMs)
    .filter((user) => isWanted(user) && isReadable(context, user));

  const direction = request.query?.asc ? 1 : -1;
  found.sort((a, b) => direction * compare(request.sortingColumn, a, b));
  const offset = request.query?.offset.toNumber() ?? 0;
  const limit = request.query?.limit || found.length;
  return {
    details: ListDetails.fromPartial({
      totalResult: found.length,
      processedSequence: run.directory.sequence,
      timestamp: new Date(atMs),
    }),
    sortingColumn: request.sortingColumn,
    result: found.slice(offset, offset + limit).map((user) => userView(context, user)),
  };
}

function isReadable(context: CallContext, user: UserRecord): boolean {
  return user.userId === context.state.account.userId || mayRead(context, user.orgId);
}

function compare(column: UserFieldName, a: UserRecord, b: UserRecord): number {
  if (column === UserFieldName.USER_FIELD_NAME_CREATION_DATE) return a.sequence - b.sequence;
  const [left, right] = [sortKey(column, a), sortKey(column, b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function sortKey(column: UserFieldName, user: UserRecord): string {
  switch (column) {
    case UserFieldName.USER_FIELD_NAME_USER_NAME:
      return user.username.toLowerCase();
    case UserFieldName.USER_FIELD_NAME_EMAIL:
      return user.email.toLowerCase();
    case UserFieldName.USER_FIELD_NAME_FIRST_NAME:
      return user.givenName.toLowerCase();
    case UserFieldName.USER_FIELD_NAME_LAST_NAME:
      return user.familyName.toLowerCase();
    case UserFieldName.USER_FIELD_NAME_DISPLAY_NAME:
      return user.displayName.toLowerCase();
    default:
      return user.userId;
  }
}
