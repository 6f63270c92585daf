// What a handler knows about the call it serves besides the message.
import { errors } from "./api-error.ts";
import type { EmulatorState, Run } from "./emulator-state.ts";
import type { ServerLife } from "./server-life.ts";

export interface CallContext {
  readonly state: EmulatorState;
  readonly run: Run;
  /** As it was when the call began. */
  readonly life: ServerLife;
  /** From the request's `organization`, else x-zitadel-orgid, else the caller's own. */
  readonly contextOrgId: string;
}

export interface RequestedOrg {
  readonly orgId?: string | undefined;
  readonly orgDomain?: string | undefined;
}

/** Throws AUTH-Bs7Ds when the call names an organization that does not exist; `v4` still knows removed ones. */
export function callContext(
  { state, run, life }: Omit<CallContext, "contextOrgId">,
  orgHeader: string | null,
  requested: RequestedOrg | undefined,
): CallContext {
  const { directory } = run;
  const byDomain = requested?.orgDomain;
  const orgId = requested?.orgId || (byDomain ? "" : orgHeader);
  if (!orgId && !byDomain) return { state, run, life, contextOrgId: state.account.orgId };
  const org = orgId ? directory.findOrg(orgId) : directory.findOrgByDomain(byDomain ?? "");
  const isThere = org !== undefined && (org.state !== "removed" || state.settings.profile === "v4");
  if (!isThere) throw errors.contextOrgNotFound();
  return { state, run, life, contextOrgId: org.orgId };
}
