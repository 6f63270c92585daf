// Whether a user matches the search queries of ListUsers.
import { TextQueryMethod } from "@zitadel/node/dist/api/generated/zitadel/object/v2/object.js";
import { Type, type SearchQuery } from "@zitadel/node/dist/api/generated/zitadel/user/v2/query.js";
import { invalidArgument } from "./api-error.ts";
import type { UserRecord } from "./user-record.ts";
import { STATES } from "./user-view.ts";

const MAX_DEPTH = 20;

export type UserTest = (user: UserRecord) => boolean;

/** Several queries are joined with "and". Sets are built once, so large id lists are cheap. */
export function userTest(
  queries: readonly SearchQuery[],
  loginName: (user: UserRecord) => string,
  depth = 0,
): UserTest {
  if (depth > MAX_DEPTH) throw invalidArgument("USER-zsQ97", "Errors.Query.TooManyNestingLevels");
  const tests = queries.map((query) => single(query, loginName, depth));
  return (user) => tests.every((test) => test(user));
}

function single(
  query: SearchQuery,
  loginName: (user: UserRecord) => string,
  depth: number,
): UserTest {
  const nested = (queries: readonly SearchQuery[]) => userTest(queries, loginName, depth + 1);
  if (query.userNameQuery) {
    const { userName, method } = query.userNameQuery;
    return (user) => matchesText(user.username, userName, method);
  }
  if (query.loginNameQuery) {
    const { loginName: wanted, method } = query.loginNameQuery;
    return (user) => matchesText(loginName(user), wanted, method);
  }
  if (query.emailQuery) {
    const { emailAddress, method } = query.emailQuery;
    return (user) => matchesText(user.email, emailAddress, method);
  }
  if (query.firstNameQuery) {
    const { firstName, method } = query.firstNameQuery;
    return (user) => matchesText(user.givenName, firstName, method);
  }
  if (query.lastNameQuery) {
    const { lastName, method } = query.lastNameQuery;
    return (user) => matchesText(user.familyName, lastName, method);
  }
  if (query.displayNameQuery) {
    const { displayName, method } = query.displayNameQuery;
    return (user) => matchesText(user.displayName, displayName, method);
  }
  if (query.inUserIdsQuery) {
    const ids = new Set(query.inUserIdsQuery.userIds);
    return (user) => ids.has(user.userId);
  }
  if (query.inUserEmailsQuery) {
    const emails = new Set(query.inUserEmailsQuery.userEmails);
    return (user) => emails.has(user.email);
  }
  if (query.organizationIdQuery) {
    const { organizationId } = query.organizationIdQuery;
    return (user) => user.orgId === organizationId;
  }
  if (query.typeQuery) {
    const wanted = query.typeQuery.type === Type.TYPE_MACHINE ? "machine" : "human";
    return (user) => user.type === wanted;
  }
  if (query.stateQuery) {
    const wanted = query.stateQuery.state;
    return (user) => STATES[user.state] === wanted;
  }
  if (query.andQuery) return nested(query.andQuery.queries);
  if (query.orQuery) {
    const tests = query.orQuery.queries.map((inner) => nested([inner]));
    return (user) => tests.some((test) => test(user));
  }
  if (query.notQuery?.query) {
    const test = nested([query.notQuery.query]);
    return (user) => !test(user);
  }
  throw invalidArgument("USER-vR9nC", "List query is invalid");
}

function matchesText(value: string, wanted: string, method: TextQueryMethod): boolean {
  const [lowValue, lowWanted] = [value.toLowerCase(), wanted.toLowerCase()];
  switch (method) {
    case TextQueryMethod.TEXT_QUERY_METHOD_EQUALS:
      return value === wanted;
    case TextQueryMethod.TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE:
      return lowValue === lowWanted;
    case TextQueryMethod.TEXT_QUERY_METHOD_STARTS_WITH:
      return value.startsWith(wanted);
    case TextQueryMethod.TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE:
      return lowValue.startsWith(lowWanted);
    case TextQueryMethod.TEXT_QUERY_METHOD_CONTAINS:
      return value.includes(wanted);
    case TextQueryMethod.TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE:
      return lowValue.includes(lowWanted);
    case TextQueryMethod.TEXT_QUERY_METHOD_ENDS_WITH:
      return value.endsWith(wanted);
    case TextQueryMethod.TEXT_QUERY_METHOD_ENDS_WITH_IGNORE_CASE:
      return lowValue.endsWith(lowWanted);
    default:
      return false;
  }
}
