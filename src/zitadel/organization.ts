// Asks Zitadel for the state of the new users' organization: it would create users in an inactive one.
import { IdentityRefused } from "../errors.ts";
import type { OrganizationState } from "./identity-inspection.ts";
import { classify, isOperatorsFault, isOutage, isProxyAnswer, type RpcFault } from "./failure.ts";
import { identityError, type ZitadelSession } from "./session.ts";

/** The organization does not exist, or no longer. */
const NOT_FOUND = ["QUERY-iTTGJ", "QUERY-leq5Q"];

/** By number, as on the wire; a removed organization has no state. */
const STATES: readonly OrganizationState[] = ["removed", "active", "inactive", "removed"];

/**
 * For `doctor`, which continues after a refusal.
 * @throws IdentityUnavailable or IdentityRateLimited if the next call would fail in the same way
 */
export async function organizationState(session: ZitadelSession): Promise<OrganizationState> {
  const answer = await ask(session);
  if (typeof answer === "string") return answer;
  const { class: meaning } = classify(answer);
  if (isOutage(meaning) || meaning === "rate-limited") throw identityError(answer);
  return "untold";
}

/**
 * Zitadel creates accounts in an inactive organization, and with an instance role even in a removed one:
 * nobody could sign in with them.
 * @throws IdentityRefused for such an organization and if every call would be refused; otherwise
 * IdentityUnavailable or IdentityRateLimited
 */
export async function requireUsableOrganization(session: ZitadelSession): Promise<void> {
  const state = await ask(session);
  if (typeof state !== "string") {
    if (meetsAllCalls(state)) throw identityError(state);
    return;
  }
  if (state === "active" || state === "untold") return;
  const what = state === "inactive" ? "is inactive" : "was removed";
  const next = state === "inactive" ? "Activate it in Zitadel's console, or set" : "Set";
  throw new IdentityRefused(
    `Zitadel: organization ${session.orgId()} ${what}, and nobody could sign in to a new account: none is created. ` +
      `${next} ZITADEL_ORG_ID to the organization of the new users.`,
  );
}

async function ask(session: ZitadelSession): Promise<OrganizationState | RpcFault> {
  const reply = await session.call("getMyOrg", {});
  if (reply.ok) return STATES[reply.value.org?.state ?? 0] ?? "untold";
  const { errorId } = reply.fault;
  return errorId !== null && NOT_FOUND.includes(errorId) ? "removed" : reply.fault;
}

const PERMISSION_DENIED = 7;

/** A custom role may lack org.read, and a proxy may block only this call. */
function meetsAllCalls(fault: RpcFault): boolean {
  const { class: meaning } = classify(fault);
  if (isOutage(meaning) || meaning === "rate-limited") return true;
  const isForbidden = fault.grpcCode === PERMISSION_DENIED && fault.errorId !== "AUTH-Bs7Ds";
  const ofThisCall = isForbidden || isProxyAnswer(fault) || meaning === "unimplemented";
  return isOperatorsFault(meaning) && !ofThisCall;
}
