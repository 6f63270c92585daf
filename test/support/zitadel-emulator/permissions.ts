// What the calling service account may do in an organization, and the two ways it is refused.
import { errors } from "./api-error.ts";
import type { CallContext } from "./call-context.ts";

const READ = ["org.read", "user.read", "user.global.read"] as const;

/** Of what each role grants, only what this tool's calls meet. */
const GRANTED = {
  "no-membership": [],
  "read-only": READ,
  "project-creator": ["user.global.read"],
  "user-manager": [...READ, "user.write"],
  "instance-manager": [...READ, "user.write"],
} as const;

/** The membership of the service account. */
export type ServiceAccountRole = keyof typeof GRANTED;
export type Permission = (typeof GRANTED)[ServiceAccountRole][number];

/** No membership at all answers NOT_FOUND; a membership without the permission PERMISSION_DENIED. */
export function requirePermission(
  context: CallContext,
  permission: Permission,
  orgId: string,
  where: "interceptor" | "command",
): void {
  if (roleIn(context, orgId) === "no-membership") throw errors.noMembership();
  if (!permissionsIn(context, orgId).includes(permission)) {
    throw errors.lacksPermission(where === "interceptor" ? "AUTH-5mWD2" : "AUTH-AWfge");
  }
}

export function permissionsIn(context: CallContext, orgId: string): readonly Permission[] {
  return GRANTED[roleIn(context, orgId)];
}

export function mayRead(context: CallContext, orgId: string): boolean {
  return permissionsIn(context, orgId).includes("user.read");
}

/** An organization role counts in the target organization only, and only while that exists. */
function roleIn({ state, run }: CallContext, orgId: string): ServiceAccountRole {
  const role = state.settings.serviceAccountRole;
  if (role === "instance-manager") return role;
  const exists = (run.directory.findOrg(orgId)?.state ?? "removed") !== "removed";
  return orgId === state.account.orgId && exists ? role : "no-membership";
}
