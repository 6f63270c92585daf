// Asks Zitadel in which state the organization of the new users is.
import type { OrganizationState } from "./identity-inspection.ts";
import { classify, isOperatorsFault } from "./zitadel-failure.ts";
import { identityError, type ZitadelSession } from "./zitadel-session.ts";

/** An organization that does not exist, or no longer. */
const NOT_FOUND = ["QUERY-iTTGJ", "QUERY-leq5Q"];

/**
 * Zitadel creates users in an inactive organization, and with a role on the instance in a removed one
 * as well; none of them can sign in.
 * @throws IdentityUnavailable or IdentityRateLimited when the question is not answered
 */
export async function organizationState(session: ZitadelSession): Promise<OrganizationState> {
  const reply = await session.call("getMyOrg", {});
  if (reply.ok) return STATES[reply.value.org?.state ?? 0] ?? "untold";
  const { fault } = reply;
  if (fault.errorId !== null && NOT_FOUND.includes(fault.errorId)) return "removed";
  // A role of the operator's own making may lack org.read, and runs do not need it.
  if (isOperatorsFault(classify(fault).class)) return "untold";
  throw identityError(fault);
}

/** By number, as on the wire: of a removed one no state is told. */
const STATES: readonly OrganizationState[] = ["removed", "active", "inactive", "removed"];
