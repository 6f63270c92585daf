// Sends an HTTP request directly or through an egress proxy: by CONNECT for https, as a proxy request for
// http.
import http from "node:http";
import https from "node:https";
import { isIP, type Socket } from "node:net";
import { connect, type ConnectionOptions } from "node:tls";
import type { Secret } from "./secret.ts";

export interface EgressProxy {
  readonly host: string;
  readonly port: number;
  /** The part of its address that may be shown. */
  readonly origin: string;
  /** The variable that sets it. */
  readonly setting: string;
  /** `user:password`; null if the address has none. */
  readonly userinfo: Secret | null;
}

export interface RequestSettings extends ConnectionOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

/** The proxy did not connect. Its message and advice contain no secret. */
export class ProxyFault extends Error {
  readonly advice: string;
  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, options);
    this.advice = advice;
  }
}

export function nameOfProxy({ origin, setting }: EgressProxy): string {
  return `the proxy ${origin} (${setting})`;
}

/**
 * @param proxy null for a direct connection
 * @throws ProxyFault
 */
export async function startRequest(
  url: URL,
  options: RequestSettings,
  proxy: EgressProxy | null,
): Promise<http.ClientRequest> {
  if (proxy === null) {
    return (url.protocol === "https:" ? https : http).request(url, { ...options, agent: false });
  }
  if (url.protocol === "http:") {
    return http.request({
      ...options,
      ...{ host: proxy.host, port: proxy.port, path: url.href, agent: false },
      headers: { ...options.headers, host: url.host, ...authorization(proxy) },
    });
  }
  const socket = await openTunnel(url, proxy, options.signal);
  // With an agent, Node does not call `createConnection`; without one, it uses port 80 if the Host header has
  // no port.
  return https.request(url, {
    ...options,
    defaultPort: 443,
    createConnection: () => connect({ ...tlsTarget(url), ...options, socket }),
  });
}

/** The name to verify in the certificate; TLS forbids sending an IP address as a name. */
export function tlsTarget(url: URL): ConnectionOptions {
  const host = bare(url.hostname);
  return { host, port: portOf(url), ...(isIP(host) === 0 ? { servername: host } : {}) };
}

/** @throws ProxyFault */
export function openTunnel(url: URL, proxy: EgressProxy, signal: AbortSignal): Promise<Socket> {
  const path = `${url.hostname}:${portOf(url)}`;
  const { host, port } = proxy;
  const headers = { host: path, ...authorization(proxy) };
  const request = http.request({ host, port, method: "CONNECT", path, headers, signal });
  return new Promise((resolve, reject) => {
    request.once("error", (error) => {
      const why = signal.aborted ? "did not answer in time" : `failed (${codeOf(error)})`;
      const advice = `Check that it runs and that ${proxy.setting} names it`;
      reject(new ProxyFault(`${nameOfProxy(proxy)} ${why}`, advice, { cause: error }));
    });
    request.once("connect", ({ statusCode = 0 }, socket) => {
      if (statusCode === 200) resolve(socket);
      else {
        socket.destroy();
        reject(refusal(proxy, path, statusCode));
      }
    });
    request.end();
  });
}

function refusal(proxy: EgressProxy, target: string, status: number): ProxyFault {
  const said = `${nameOfProxy(proxy)} answered HTTP ${status} to CONNECT ${target}`;
  // tinyproxy answers 401 to a wrong password, and 407 only without one.
  if (status === 407 || status === 401) {
    const advice = `Set a user and password that it accepts in ${proxy.setting}, as http://user:password@host:port`;
    return new ProxyFault(said, advice);
  }
  const advice =
    status >= 500
      ? `Check that ${target} is right and that the proxy can reach it`
      : `Allow ${target} on the proxy, or add the host to NO_PROXY`;
  return new ProxyFault(said, advice);
}

function authorization({ userinfo }: EgressProxy): Record<string, string> {
  if (userinfo === null) return {};
  const encoded = Buffer.from(userinfo.reveal()).toString("base64");
  return { "proxy-authorization": `Basic ${encoded}` };
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === "https:" ? 443 : 80));
}

function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function codeOf(error: Error): string {
  const cause = error instanceof AggregateError ? (error.errors[0] as Error) : error;
  return (cause as NodeJS.ErrnoException).code ?? cause.name;
}
