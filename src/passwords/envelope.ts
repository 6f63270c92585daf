// The password envelope: a compact JWE (RFC 7516) bound to one job by `jid` in its protected header.
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from "jose";
import { Secret } from "../secret.ts";
import { isKeyId } from "./envelope-header.ts";
import type { KeyRing, RingKey } from "./key-ring.ts";

export interface OpenedEnvelope {
  readonly kind: "password" | "hash";
  readonly value: Secret;
}

export type OpenResult =
  | { kind: "opened"; content: OpenedEnvelope }
  /** The ring may get the key later: the job waits. */
  | { kind: "key-missing"; kid: string }
  /** It never will: the reason, which quotes nothing of the content. */
  | { kind: "undecryptable"; reason: string };

/** The column's width. */
export const ENVELOPE_LENGTH = 500;
/** `typ` of an envelope whose payload is a password hash that Zitadel accepts. */
const HASH_TYPE = "pwhash";
const FORM = /^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]*\.[\w-]+$/;

/**
 * Bad input is a value, never thrown. Accepts only `ECDH-ES` (P-256) and `dir`, each with its own
 * kind of key, and `A256GCM`: the message chooses a key of the ring, not how it is used.
 */
export async function openEnvelope(jwe: string, jobId: string, ring: KeyRing): Promise<OpenResult> {
  const bad = (reason: string): OpenResult => ({ kind: "undecryptable", reason });
  if (jwe === "") return bad("the password has been erased");
  if (!FORM.test(jwe)) return bad("it is not a compact JWE");
  let header: Record<string, unknown>;
  try {
    header = decodeProtectedHeader(jwe);
  } catch {
    return bad("its protected header is unreadable");
  }
  const { kid, jid, enc, alg, typ } = header;
  if (alg !== "ECDH-ES" && alg !== "dir") return bad("its alg is neither ECDH-ES nor dir");
  if (enc !== "A256GCM") return bad("its enc is not A256GCM");
  if ("zip" in header) return bad("it is compressed");
  if ("crit" in header) return bad("it has critical headers (crit), of which none is known");
  if (!isKeyId(kid)) return bad("it names no key (kid)");
  if (typeof jid !== "string") return bad("it names no job (jid)");
  if (jid.toLowerCase() !== jobId.toLowerCase()) return bad("it belongs to another job (jid)");
  const kind = contentKind(typ);
  if (kind === null) return bad("its typ is neither absent nor pwhash");
  const key = ring.find(kid);
  if (key === null) return { kind: "key-missing", kid };
  if (key.alg !== alg) return bad(`its alg does not fit the key "${kid}"`);
  if (alg === "ECDH-ES" && !isP256(header["epk"])) return bad("its epk is no P-256 key");
  return decrypt(jwe, key, kind);
}

/**
 * RFC 7516, 4.1.11: a media type, in whatever case, its `application/` left out. A mark that is
 * misread would make a hash the password itself; libraries write JOSE, JWE or JWT by themselves.
 */
function contentKind(typ: unknown): "password" | "hash" | null {
  if (typ === undefined) return "password";
  if (typeof typ !== "string") return null;
  const type = typ.toLowerCase().replace(/^application\//, "");
  if (type === HASH_TYPE) return "hash";
  return ["jose", "jwe", "jwt"].includes(type) ? "password" : null;
}

function isP256(epk: unknown): boolean {
  return typeof epk === "object" && epk !== null && "crv" in epk && epk.crv === "P-256";
}

async function decrypt(jwe: string, key: RingKey, kind: "password" | "hash"): Promise<OpenResult> {
  const bad = (reason: string): OpenResult => ({ kind: "undecryptable", reason });
  const decrypting = await key.decrypting();
  let bytes: Uint8Array;
  try {
    const { plaintext } = await compactDecrypt(jwe, decrypting, {
      keyManagementAlgorithms: [key.alg],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    bytes = plaintext;
  } catch {
    // One reason for a wrong key, tampering and truncation: the cipher does not tell them apart.
    return bad(`it does not decrypt under the key "${key.kid}"`);
  }
  if (bytes.length === 0) return bad("it is empty");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { kind: "opened", content: { kind, value: new Secret(text) } };
  } catch {
    return bad("it decrypts to something that is not UTF-8");
  }
}

/** @returns a JWE that may be longer than the column: the caller must look (ENVELOPE_LENGTH) */
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
