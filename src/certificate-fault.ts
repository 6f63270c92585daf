// Why a server's TLS certificate could not be verified, from the error of the handshake.

export type CertificateFault = "unknown-ca" | "wrong-name" | "out-of-date";

/** OpenSSL's error names, as Node puts them into `code`. */
const CODES: readonly (readonly [RegExp, CertificateFault])[] = [
  [/^ERR_TLS_CERT_ALTNAME_INVALID$|^HOSTNAME_MISMATCH$/, "wrong-name"],
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, "out-of-date"],
  [/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_CA)/, "unknown-ca"],
];

/** @returns null if the connection failed for another reason */
export function certificateFault(error: unknown): CertificateFault | null {
  const { code = "" } = error as NodeJS.ErrnoException;
  return CODES.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}
