// Opens the connection to Zitadel, and loads its libraries only then.
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import type { LastContact } from "../domain/last-contact.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import { keepHeapSmall } from "../small-heap.ts";
import { NO_TRACES, type Tracer } from "../tracing.ts";

/** @param last what earlier runs recorded about Zitadel */
export async function openIdentity(
  zitadel: ZitadelConfig,
  last: LastContact | null,
  tracer: Tracer = NO_TRACES,
): Promise<IdentityProvider> {
  keepHeapSmall();
  const { createZitadel } = await import("./zitadel.ts");
  return createZitadel(zitadel, () => Promise.resolve(last), tracer);
}
