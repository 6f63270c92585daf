// The password envelope: a compact JWE (RFC 7516) bound to one job by `jid` in its protected header.
import type { Secret } from "../secret.ts";

export interface OpenedEnvelope {
  readonly kind: "password" | "hash";
  readonly value: Secret;
}

/** The length of the column. */
export const ENVELOPE_LENGTH = 500;
/** `typ` of an envelope whose payload is a password hash that Zitadel accepts. */
export const HASH_TYPE = "pwhash";
