// What a round has going wrong around its runs, and what they said: the invariants ask both.
import type { FamilyHubTrouble } from "./family-hub-trouble.ts";
import type { ZitadelTrouble } from "./zitadel-trouble.ts";

export interface Troubles {
  readonly zitadel: ZitadelTrouble;
  readonly familyHub: FamilyHubTrouble;
  /** What the runs wrote to stderr. */
  readonly log: string[];
}
