// Verifies the JWT of the jwt-bearer grant by Zitadel's rules.
import { compactVerify, decodeProtectedHeader } from "jose";
import type { ServiceAccount } from "./service-account.ts";

const MAX_AGE_MS = 3_600_000;
const OFFSET_MS = 1_000;

/** False for anything that Zitadel answers with "invalid assertion". */
export async function isValidAssertion(
  assertion: string,
  account: ServiceAccount,
  origin: string,
  nowMs: number,
): Promise<boolean> {
  try {
    if (decodeProtectedHeader(assertion).kid !== account.serviceKey.keyId) return false;
    const { payload } = await compactVerify(assertion, account.publicKey, {
      algorithms: ["RS256", "PS256"],
    });
    const claims: unknown = JSON.parse(Buffer.from(payload).toString());
    if (typeof claims !== "object" || claims === null) return false;
    return areClaimsValid(
      Object.fromEntries(Object.entries(claims)),
      account.userId,
      origin,
      nowMs,
    );
  } catch {
    return false;
  }
}

function areClaimsValid(
  claims: Record<string, unknown>,
  userId: string,
  origin: string,
  nowMs: number,
): boolean {
  const { iss, sub, aud, iat, exp } = claims;
  if (iss !== userId || sub !== userId) return false;
  if (!(Array.isArray(aud) ? aud.includes(origin) : aud === origin)) return false;
  if (typeof iat !== "number" || typeof exp !== "number") return false;
  const issuedAtMs = iat * 1_000;
  return (
    exp * 1_000 > nowMs + OFFSET_MS &&
    issuedAtMs <= roundToSecond(nowMs + OFFSET_MS) &&
    issuedAtMs >= roundToSecond(nowMs - MAX_AGE_MS)
  );
}

function roundToSecond(ms: number): number {
  return Math.round(ms / 1_000) * 1_000;
}
