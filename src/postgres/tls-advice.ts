// Explains a TLS error on the way to Postgres, and which setting or server to change.
import { certificateFault, type CertificateFault } from "../certificate-fault.ts";

export interface TlsAdvice {
  readonly what: string;
  readonly advice: string;
}

const OF_CERTIFICATE: Readonly<Record<CertificateFault, string>> = {
  "unknown-ca":
    "Set sslrootcert in DATABASE_URL (or PGSSLROOTCERT) to a PEM file with the CA that signed it",
  "wrong-name":
    "Use a host name in DATABASE_URL (or PGHOST) that the certificate has; sslmode=verify-ca does not compare names",
  "out-of-date": "Renew the server's certificate, and compare this host's clock",
};

/** @returns null if the error is not about TLS */
export function tlsAdvice(error: unknown): TlsAdvice | null {
  const fault = certificateFault(error);
  if (fault !== null) {
    const what = "The TLS certificate of Postgres cannot be verified";
    return { what, advice: OF_CERTIFICATE[fault] };
  }
  // node-postgres has no code for this.
  if (!/does not support SSL/.test(String(error))) return null;
  return {
    what: "Postgres offers no TLS, which sslmode requires",
    advice:
      "Turn ssl on in its postgresql.conf; or, only if you trust the network, set sslmode=prefer in DATABASE_URL (or PGSSLMODE)",
  };
}
