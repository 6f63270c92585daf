// Looks at a server's certificate: until when it is valid, and whether the extra CA is needed for it.
import { isIP } from "node:net";
import { connect, rootCertificates, type TLSSocket } from "node:tls";
import { certificateFault, type CertificateFault } from "../../certificate-fault.ts";
import { IdentityUnavailable } from "../../errors.ts";
import type { CertificateView } from "../identity-inspection.ts";

/**
 * Verified both times, as every call is: first without the extra CA, then with it.
 * @throws IdentityUnavailable when the server shows none that can be trusted
 */
export async function inspectCertificate(
  origin: string,
  extraCa: string | null,
  timeoutMs: number,
): Promise<CertificateView> {
  const host = new URL(origin).host;
  if (extraCa === null) return { ...(await handshake(origin, undefined, timeoutMs)), host };
  try {
    return { ...(await handshake(origin, [...rootCertificates], timeoutMs)), host };
  } catch (error) {
    // Only a certificate that the usual CAs do not vouch for makes a second try worth its time.
    if (!(error instanceof IdentityUnavailable) || certificateFault(error.cause) === null)
      throw error;
  }
  const trusted = [...rootCertificates, extraCa];
  return { ...(await handshake(origin, trusted, timeoutMs)), host, needsExtraCa: true };
}

async function handshake(
  origin: string,
  ca: string[] | undefined,
  timeoutMs: number,
): Promise<Omit<CertificateView, "host">> {
  const url = new URL(origin);
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  let socket: TLSSocket | null = null;
  let timer: NodeJS.Timeout | undefined;
  try {
    const opened = await new Promise<TLSSocket>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error("no answer in time")), timeoutMs);
      socket = connect({
        host,
        port: Number(url.port || 443),
        ...(isIP(host) === 0 ? { servername: host } : {}),
        // Also where NODE_TLS_REJECT_UNAUTHORIZED=0 says otherwise.
        rejectUnauthorized: true,
        ...(ca === undefined ? {} : { ca }),
      });
      socket.once("error", reject);
      socket.once("secureConnect", () => resolve(socket as TLSSocket));
    });
    return { validTo: new Date(opened.getPeerCertificate().valid_to), needsExtraCa: false };
  } catch (error) {
    const { message } = error as Error;
    throw (
      unverified(url, error) ??
      new IdentityUnavailable(
        `No TLS connection to ${url.host}: ${message.slice(0, 300)}. Check that it runs and speaks TLS.`,
        { cause: error },
      )
    );
  } finally {
    clearTimeout(timer);
    (socket as TLSSocket | null)?.destroy();
  }
}

const ADVICE: Readonly<Record<CertificateFault, string>> = {
  "unknown-ca": "Set ZITADEL_CA_FILE to a PEM file with the CA that signed it",
  "wrong-name": "Use a name in ZITADEL_URL (or ZITADEL_API_URL) that the certificate has",
  "out-of-date": "Renew the certificate, and compare this host's clock",
};

/** @returns the fault of the server's certificate; null where the call failed for another reason */
export function unverified(url: URL, error: unknown): IdentityUnavailable | null {
  const fault = certificateFault(error);
  if (fault === null) return null;
  // A certificate for many names makes a message of many kilobytes.
  const why = (error as Error).message.replace(/\p{Cc}+/gu, " ").slice(0, 300);
  return new IdentityUnavailable(
    `The TLS certificate of ${url.host} cannot be verified: ${why}. ${ADVICE[fault]}.`,
    { cause: error },
  );
}
