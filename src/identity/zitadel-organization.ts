// Asks Zitadel in which state the organization of the new users is: it creates users in any.
import { IdentityRefused } from "../errors.ts";
import type { OrganizationState } from "./identity-inspection.ts";
import { classify } from "./zitadel-failure.ts";
import { identityError, type ZitadelSession } from "./zitadel-session.ts";

/** An organization that does not exist, or no longer. */
const NOT_FOUND = ["QUERY-iTTGJ", "QUERY-leq5Q"];

/** By number, as on the wire: of a removed one no state is told. */
const STATES: readonly OrganizationState[] = ["removed", "active", "inactive", "removed"];

/** @throws IdentityUnavailable or IdentityRateLimited where the next call would meet the same */
export async function organizationState(session: ZitadelSession): Promise<OrganizationState> {
  const reply = await session.call("getMyOrg", {});
  if (reply.ok) return STATES[reply.value.org?.state ?? 0] ?? "untold";
  const { fault } = reply;
  if (fault.errorId !== null && NOT_FOUND.includes(fault.errorId)) return "removed";
  const down = ["unreached", "rate-limited"].includes(classify(fault).class);
  if (down) throw identityError(fault);
  // A role of the operator's own making may lack org.read. Accounts can be created without it.
  return "untold";
}

/**
 * Zitadel takes accounts for an inactive organization, and with a role on the instance for a removed
 * one: nobody could sign in with them.
 * @throws IdentityRefused for those, else as `organizationState`
 */
export async function requireUsableOrganization(session: ZitadelSession): Promise<void> {
  const state = await organizationState(session);
  if (state === "active" || state === "untold") return;
  const what = state === "inactive" ? "is inactive" : "was removed";
  const next = state === "inactive" ? "Activate it in Zitadel's console, or set" : "Set";
  throw new IdentityRefused(
    `Zitadel: organization ${session.orgId()} ${what}, and nobody could sign in to a new account: none is created. ` +
      `${next} ZITADEL_ORG_ID to the organization of the new users.`,
  );
}
