// How a gRPC channel verifies Zitadel's certificate, and through which egress proxy it connects.
import { isIP } from "node:net";
import { checkServerIdentity, rootCertificates } from "node:tls";
import { credentials, type ChannelCredentials } from "@grpc/grpc-js";
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import type { EgressProxy } from "../egress-proxy.ts";

/** What grpc-js' own reading of the environment would set. */
export function throughProxy({ userinfo }: EgressProxy, address: string): Record<string, string> {
  return {
    "grpc.http_connect_target": `dns:${address}`,
    ...(userinfo === null ? {} : { "grpc.http_connect_creds": userinfo.reveal() }),
  };
}

export function channelCredentials(config: ZitadelConfig): ChannelCredentials {
  if (config.apiUrl.startsWith("http:")) return credentials.createInsecure();
  const roots =
    config.extraCa === null ? null : Buffer.from([...rootCertificates, config.extraCa].join("\n"));
  const address = ipAddress(config.apiUrl);
  if (address === null) return credentials.createSsl(roots);
  // The name in the handshake is not the one to be vouched for: see `tlsName`.
  return credentials.createSsl(roots, null, null, {
    checkServerIdentity: (_name, certificate) => checkServerIdentity(address, certificate),
  });
}

/**
 * grpc-js names the host in the TLS handshake even where that is an IP address, which TLS forbids
 * and Node 26 refuses. Any name will do there: the certificate is checked against the address.
 */
export function tlsName(config: ZitadelConfig): Record<string, string> {
  if (ipAddress(config.apiUrl) === null) return {};
  const issuer = new URL(config.issuer).hostname;
  return {
    "grpc.ssl_target_name_override": ipAddress(config.issuer) === null ? issuer : "localhost",
  };
}

function ipAddress(url: string): string | null {
  const host = new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(host) === 0 ? null : host;
}
