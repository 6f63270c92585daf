// Checks a server's certificate: until when it is valid, and whether it needs the extra CA.
import { connect, rootCertificates, type TLSSocket } from "node:tls";
import { certificateFault, type CertificateFault } from "../../certificate-fault.ts";
import { startDeadline } from "../../deadline.ts";
import { openTunnel, tlsTarget, type EgressProxy } from "../../egress-proxy.ts";
import { IdentityUnavailable } from "../../errors.ts";
import { blockedByProxy } from "./blocked-by-proxy.ts";
import type { CertificateView } from "../identity-inspection.ts";

/**
 * Verified twice, as in every call: first without the extra CA, then with it.
 * @throws IdentityUnavailable if the server has no trusted certificate
 */
export async function inspectCertificate(
  origin: string,
  extraCa: string | null,
  timeoutMs: number,
  proxy: EgressProxy | null,
): Promise<CertificateView> {
  const host = new URL(origin).host;
  if (extraCa === null) return { ...(await handshake(origin, undefined, timeoutMs, proxy)), host };
  try {
    return { ...(await handshake(origin, [...rootCertificates], timeoutMs, proxy)), host };
  } catch (error) {
    // A second try helps only if the usual CAs do not trust the certificate.
    if (!(error instanceof IdentityUnavailable) || certificateFault(error.cause) === null)
      throw error;
  }
  const trusted = [...rootCertificates, extraCa];
  return { ...(await handshake(origin, trusted, timeoutMs, proxy)), host, needsExtraCa: true };
}

async function handshake(
  origin: string,
  ca: string[] | undefined,
  timeoutMs: number,
  proxy: EgressProxy | null,
): Promise<Omit<CertificateView, "host">> {
  const url = new URL(origin);
  let socket: TLSSocket | null = null;
  const deadline = startDeadline(timeoutMs);
  try {
    const tunnel = proxy === null ? null : await openTunnel(url, proxy, deadline.signal);
    const opened = await new Promise<TLSSocket>((resolve, reject) => {
      deadline.signal.addEventListener("abort", () => reject(new Error("no answer in time")));
      socket = connect({
        ...tlsTarget(url),
        ...(tunnel === null ? {} : { socket: tunnel }),
        // Even if NODE_TLS_REJECT_UNAUTHORIZED=0 is set.
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
      blockedByProxy(url, error) ??
      new IdentityUnavailable(
        `No TLS connection to ${url.host}: ${message.slice(0, 300)}. Check that it runs and speaks TLS.`,
        { cause: error },
      )
    );
  } finally {
    deadline.dispose();
    (socket as TLSSocket | null)?.destroy();
  }
}

const ADVICE: Readonly<Record<CertificateFault, string>> = {
  "unknown-ca": "Set ZITADEL_CA_FILE to a PEM file with the CA that signed it",
  "wrong-name": "Use a name in ZITADEL_URL (or ZITADEL_API_URL) that the certificate has",
  "out-of-date": "Renew the certificate, and compare this host's clock",
};

/** @returns the error of the server's certificate; null if the call failed for another reason */
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
