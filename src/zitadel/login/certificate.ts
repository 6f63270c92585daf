// Looks at a server's certificate: until when it is valid, and whether the extra CA is needed for it.
import { isIP } from "node:net";
import { connect, rootCertificates, type TLSSocket } from "node:tls";
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
    if (!(error instanceof IdentityUnavailable) || !isCertificateFault(error.cause)) throw error;
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
    throw new IdentityUnavailable(
      `No trusted TLS connection to ${url.host}: ${message.slice(0, 300)}. ` +
        "Name the CA that signed its certificate in ZITADEL_CA_FILE, or renew the certificate.",
      { cause: error },
    );
  } finally {
    clearTimeout(timer);
    (socket as TLSSocket | null)?.destroy();
  }
}

function isCertificateFault(error: unknown): boolean {
  const { code = "" } = error as NodeJS.ErrnoException;
  return /CERT|SIGNATURE|UNABLE_|SELF_SIGNED|ALTNAME/.test(code);
}
