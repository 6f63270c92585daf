// Opens the envelope of a password; the library is loaded with the first one.
import type * as Envelope from "./envelope.ts";
import type { KeyRing } from "./key-ring.ts";

let envelope: Promise<typeof Envelope> | null = null;

export async function openEnvelope(jwe: string, jobId: string, ring: KeyRing) {
  // Asked for once, not once a job: also a module that is there already takes its time.
  envelope ??= import("./envelope.ts");
  return (await envelope).openEnvelope(jwe, jobId, ring);
}
