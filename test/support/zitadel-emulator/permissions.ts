// What the calling service account may do in an organization, and the two ways it is refused.
import { errors } from "./api-error.ts";
import type { CallContext } from "./call-context.ts";

export type Permission = "user.read" | "user.write";

/** No membership at all answers NOT_FOUND; a membership without the permission PERMISSION_DENIED. */
export function requirePermission(
  context: CallContext,
  permission: Permission,
  orgId: string,
  where: "interceptor" | "command",
): void {
  const role = roleIn(context, orgId);
  if (role === "no-membership") throw errors.noMembership();
  if (role === "read-only" && permission === "user.write") {
    throw errors.lacksPermission(where === "interceptor" ? "AUTH-5mWD2" : "AUTH-AWfge");
  }
}

export function mayRead(context: CallContext, orgId: string): boolean {
  return roleIn(context, orgId) !== "no-membership";
}

/** An organization role counts in the target organization only, and only while that exists. */
function roleIn({ state, run }: CallContext, orgId: string) {
  const role = state.settings.serviceAccountRole;
  if (role === "instance-manager") return role;
  const isTarget = orgId === state.account.orgId && run.directory.findOrg(orgId) !== undefined;
  return isTarget ? role : "no-membership";
}
