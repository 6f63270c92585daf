// What a handler knows about the call it serves besides the message.
import { errors } from "./api-error.ts";
import type { EmulatorState, Run } from "./emulator-state.ts";

export interface CallContext {
  readonly state: EmulatorState;
  readonly run: Run;
  /** From the request's `organization`, else x-zitadel-orgid, else the caller's own. */
  readonly contextOrgId: string;
}

export interface RequestedOrg {
  readonly orgId?: string | undefined;
  readonly orgDomain?: string | undefined;
}

/** Throws AUTH-Bs7Ds when the call names an organization that does not exist. */
export function callContext(
  state: EmulatorState,
  run: Run,
  orgHeader: string | null,
  requested: RequestedOrg | undefined,
): CallContext {
  const { directory } = run;
  const byDomain = requested?.orgDomain;
  const orgId = requested?.orgId || (byDomain ? "" : orgHeader);
  if (!orgId && !byDomain) return { state, run, contextOrgId: state.account.orgId };
  const org = orgId ? directory.findOrg(orgId) : directory.findOrgByDomain(byDomain ?? "");
  if (!org) throw errors.contextOrgNotFound();
  return { state, run, contextOrgId: org.orgId };
}
