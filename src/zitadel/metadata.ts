// The metadata of a new account: for which job and which family it was created.
import type { AccountClaim } from "./identity-provider.ts";

export const JOB_ID = "familyhub.job_id";
export const FAMILY_ID = "familyhub.family_id";

export function metadataOf(claim: AccountClaim): { key: string; value: Buffer }[] {
  return [
    { key: JOB_ID, value: Buffer.from(claim.id) },
    { key: FAMILY_ID, value: Buffer.from(claim.familyId) },
  ];
}
