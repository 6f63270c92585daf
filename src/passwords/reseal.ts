// Re-encrypts an envelope with the first key of the ring; its content stays the same.
import { ConfigError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { ENVELOPE_LENGTH } from "./envelope.ts";
import type { KeyRing } from "./key-ring.ts";
import { openEnvelope, type OpenResult } from "./open-envelope.ts";
import { sealEnvelope } from "./seal-envelope.ts";

export type Resealed =
  | { readonly kind: "resealed"; readonly envelope: string }
  /** The column cannot hold it: the header for an EC key is some 190 characters longer. */
  | { readonly kind: "too-long"; readonly reason: string }
  | Exclude<OpenResult, { kind: "opened" }>;

export async function resealEnvelope(jwe: string, jobId: string, ring: KeyRing): Promise<Resealed> {
  const opened = openEnvelope(jwe, jobId, ring);
  if (opened.kind !== "opened") return opened;
  const envelope = await sealEnvelope(opened.content, jobId, ring);
  if (envelope.length <= ENVELOPE_LENGTH) return { kind: "resealed", envelope };
  const reason = `encrypted with the first key it has ${envelope.length} characters, but only ${ENVELOPE_LENGTH} fit`;
  return { kind: "too-long", reason };
}

/**
 * Re-encrypting replaces the only copy of a password, so the ring must decrypt what it encrypts.
 * @throws ConfigError if a key cannot be imported, or the first one does not decrypt what it encrypted
 */
export async function proveFirstKey(ring: KeyRing): Promise<void> {
  ring.prepare();
  const content = { kind: "password", value: new Secret("proof") } as const;
  const opened = openEnvelope(await sealEnvelope(content, "proof", ring), "proof", ring);
  if (opened.kind === "opened" && opened.content.value.reveal() === "proof") return;
  throw new ConfigError(
    `The first password key "${ring.first.kid}" cannot decrypt what it encrypts: nothing was changed. ` +
      "Put a valid key first; `family-hub-jobs keys generate --from RING_FILE` does that.",
  );
}
