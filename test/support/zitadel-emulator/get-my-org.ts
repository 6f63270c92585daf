// GetMyOrg: the organization of the request context, with its state.
import { GetMyOrgResponse } from "@zitadel/node/dist/api/generated/zitadel/management.js";
import { OrgState } from "@zitadel/node/dist/api/generated/zitadel/org.js";
import { errors } from "./api-error.ts";
import type { CallContext } from "./call-context.ts";
import type { OrganizationState } from "./user-directory.ts";

/** The state of a removed organization is left out. */
const STATES: Readonly<Record<OrganizationState, OrgState>> = {
  active: OrgState.ORG_STATE_ACTIVE,
  inactive: OrgState.ORG_STATE_INACTIVE,
  removed: OrgState.ORG_STATE_UNSPECIFIED,
};

export function getMyOrg({ run, contextOrgId }: CallContext): GetMyOrgResponse {
  const org = run.directory.findOrg(contextOrgId);
  if (!org) throw errors.orgUnreadable();
  const { orgId, primaryDomain, state } = org;
  return GetMyOrgResponse.fromPartial({
    org: { id: orgId, name: primaryDomain, primaryDomain, state: STATES[state] },
  });
}
