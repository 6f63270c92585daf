// What earlier runs know about this address and key, which changes the meaning of an error.
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import type { LastContact } from "../domain/last-contact.ts";

/** Called only after a failure; null if no run was answered yet, or if it cannot be read. */
export type Recall = () => Promise<LastContact | null>;

export interface ZitadelMemory {
  /** It answered a run within the last day, so ZITADEL_URL is right. */
  isAddressKnown(): Promise<boolean>;
  /** @returns when this key last logged in here; null if no run is known that did */
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
