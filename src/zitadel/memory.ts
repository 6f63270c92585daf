// What earlier runs know of this address and key, which changes the meaning of an error.
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import type { LastContact } from "../domain/last-contact.ts";

/** Asked for after a failure only; null where no run was answered yet, or nobody can tell. */
export type Recall = () => Promise<LastContact | null>;

export interface ZitadelMemory {
  /** It answered a run within the last day: ZITADEL_URL is right. */
  isAddressKnown(): Promise<boolean>;
  /** @returns when this very key last logged in here; null where no run is known that did */
  keyLoggedInAt(): Promise<Date | null>;
}

export function createMemory(
  { issuer, credentials }: Pick<ZitadelConfig, "issuer" | "credentials">,
  recall: Recall,
): ZitadelMemory {
  let recalled: Promise<LastContact | null> | null = null;
  const here = async () => {
    const last = await (recalled ??= recall());
    return last?.url === issuer ? last : null;
  };
  return {
    isAddressKnown: async () => (await here())?.withinADay === true,
    keyLoggedInAt: async () => {
      const last = await here();
      return credentials.kind === "key" && last?.keyId === credentials.keyId ? last.at : null;
    },
  };
}
