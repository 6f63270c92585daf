// How a gRPC channel verifies Zitadel's certificate, and through which egress proxy it connects.
import { isIP } from "node:net";
import { checkServerIdentity, rootCertificates } from "node:tls";
import { credentials, type ChannelCredentials } from "@grpc/grpc-js";
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import type { EgressProxy } from "../egress-proxy.ts";

/** Replaces grpc-js's own reading of the environment. */
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
  // The certificate is not checked against the name in the handshake: see `tlsName`.
  return credentials.createSsl(roots, null, null, {
    checkServerIdentity: (_name, certificate) => checkServerIdentity(address, certificate),
  });
}

/**
 * grpc-js sends the host name in the TLS handshake even if it is an IP address, which TLS forbids and Node 26
 * refuses. Any name works there, because the certificate is checked against the address.
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
