// Decrypts a password envelope, or returns why it cannot be decrypted.
import { Secret } from "../secret.ts";
import { decryptA256Gcm } from "./a256gcm.ts";
import { decodeBase64url } from "./base64url.ts";
import { isPublicP256 } from "./ecdh-es.ts";
import { isKeyId } from "./envelope-header.ts";
import { HASH_TYPE, type OpenedEnvelope } from "./envelope.ts";
import type { KeyRing, RingKey } from "./key-ring.ts";

export type OpenResult =
  | { kind: "opened"; content: OpenedEnvelope }
  /** The ring may get the key later, so the job waits. */
  | { kind: "key-missing"; kid: string }
  /** It can never be decrypted; the reason quotes nothing of the content. */
  | { kind: "undecryptable"; reason: string };

type Header = Readonly<Record<string, unknown>>;

const FORM = /^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]*\.[\w-]+$/;

/**
 * Bad input gives a value, not an error. Accepts only `ECDH-ES` (P-256) and `dir`, each with its own type of
 * key, and `A256GCM`: the message chooses the key, but not how it is used.
 * @throws ConfigError if the key that it names cannot be used
 */
export function openEnvelope(jwe: string, jobId: string, ring: KeyRing): OpenResult {
  if (jwe === "") return bad("the password has been erased");
  if (!FORM.test(jwe)) return bad("it is not a compact JWE");
  const header = readHeader(jwe);
  if (header === null) return bad("its protected header is unreadable");
  const { kid, jid, enc, alg, typ } = header;
  if (alg !== "ECDH-ES" && alg !== "dir") return bad("its alg is neither ECDH-ES nor dir");
  if (enc !== "A256GCM") return bad("its enc is not A256GCM");
  if ("zip" in header) return bad("it is compressed");
  if ("crit" in header) return bad("it has critical headers (crit), and none is supported");
  if (!isKeyId(kid)) return bad("it names no key (kid)");
  if (typeof jid !== "string") return bad("it names no job (jid)");
  if (jid.toLowerCase() !== jobId.toLowerCase()) return bad("it belongs to another job (jid)");
  const kind = contentKind(typ);
  if (kind === null) return bad("its typ is not pwhash");
  const key = ring.find(kid);
  if (key === null) return { kind: "key-missing", kid };
  if (key.alg !== alg) return bad(`its alg does not match the key "${kid}"`);
  if (alg === "ECDH-ES" && !isPublicP256(header["epk"])) return bad("its epk is not a P-256 key");
  const content = decrypt(jwe, header, key);
  // The same reason for a wrong key, tampering and truncation: the cipher cannot distinguish them.
  if (content === null) return bad(`it does not decrypt under the key "${kid}"`);
  if (content.length === 0) return bad("it is empty");
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
    return { kind: "opened", content: { kind, value: new Secret(text) } };
  } catch {
    return bad("it decrypts to something that is not UTF-8");
  }
}

function bad(reason: string): OpenResult {
  return { kind: "undecryptable", reason };
}

function readHeader(jwe: string): Header | null {
  const [bytes] = jwe.split(".", 1).map(decodeBase64url);
  if (!bytes) return null;
  try {
    const header: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    const isObject = typeof header === "object" && header !== null && !Array.isArray(header);
    return isObject ? (header as Header) : null;
  } catch {
    return null;
  }
}

/**
 * RFC 7516, 4.1.11: a media type in any case, without its `application/`. If a mark is misread, a hash
 * becomes the password itself; libraries add JOSE, JWE or JWT on their own.
 */
function contentKind(typ: unknown): "password" | "hash" | null {
  if (typ === undefined) return "password";
  if (typeof typ !== "string") return null;
  const type = typ.toLowerCase().replace(/^application\//, "");
  if (type === HASH_TYPE) return "hash";
  return ["jose", "jwe", "jwt"].includes(type) ? "password" : null;
}

/**
 * @returns null if it does not decrypt
 * @throws ConfigError if the key cannot be used
 */
function decrypt(jwe: string, header: Header, key: RingKey): Buffer | null {
  const findContentKey = key.decrypting();
  const [aad = "", encryptedKey, ...sealed] = jwe.split(".");
  const [iv, ciphertext, tag] = sealed.map(decodeBase64url);
  // Neither `dir` nor `ECDH-ES` has an encrypted key (RFC 7516, 5.2, steps 8 and 10).
  if (encryptedKey !== "" || !iv || !ciphertext || !tag) return null;
  try {
    const contentKey = findContentKey(header);
    return decryptA256Gcm(contentKey, { iv, ciphertext, tag, aad: Buffer.from(aad) });
  } catch {
    return null;
  }
}
