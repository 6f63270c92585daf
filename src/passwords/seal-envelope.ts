// Encrypts a password or a hash in an envelope, with the first key of the ring.
import { CompactEncrypt } from "jose";
import { HASH_TYPE, type OpenedEnvelope } from "./envelope.ts";
import type { KeyRing } from "./key-ring.ts";

/** @returns a JWE that may be longer than the column: the caller must check it (ENVELOPE_LENGTH) */
export async function sealEnvelope(
  content: OpenedEnvelope,
  jobId: string,
  ring: KeyRing,
): Promise<string> {
  const { kid, alg } = ring.first;
  const typ = content.kind === "hash" ? { typ: HASH_TYPE } : {};
  return new CompactEncrypt(new TextEncoder().encode(content.value.reveal()))
    .setProtectedHeader({ alg, enc: "A256GCM", kid, jid: jobId, ...typ })
    .encrypt(await ring.first.encrypting());
}
