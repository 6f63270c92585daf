// Parses an email address as leniently as Go's mail.ParseAddress, display name included.

export interface ParsedAddress {
  readonly displayName: string;
  readonly address: string;
}

const ATOM = '[^\\s()<>\\[\\]:;@\\\\,."]+';
const LOCAL = `(?:${ATOM}(?:\\.${ATOM})*|"(?:[^"\\\\]|\\\\.)*")`;
const DOMAIN = `(?:${ATOM}(?:\\.${ATOM})*)`;
const BARE = new RegExp(`^\\s*(${LOCAL}@${DOMAIN})\\s*$`, "u");
const NAMED = new RegExp(`^\\s*([^<>@,]*?)\\s*<(${LOCAL}@${DOMAIN})>\\s*$`, "u");

export function parseEmailAddress(text: string): ParsedAddress | null {
  const bare = BARE.exec(text);
  if (bare?.[1]) return { displayName: "", address: bare[1] };
  const named = NAMED.exec(text);
  if (named?.[2]) return { displayName: named[1] ?? "", address: named[2] };
  return null;
}

/** The checks protoc-gen-validate does on top: sizes and a plain host name. Null when fine. */
export function validateEmailFormat(text: string): string | null {
  const parsed = parseEmailAddress(text);
  if (!parsed) return "mail: missing '@' or angle-addr";
  const { address } = parsed;
  if (Buffer.byteLength(address) > 254) return "email addresses cannot exceed 254 characters";
  const [local, host] = splitOnce(address);
  if (Buffer.byteLength(local) > 64)
    return "email address local phrase cannot exceed 64 characters";
  return validateHostname(host);
}

function splitOnce(address: string): [string, string] {
  const at = address.indexOf("@");
  return [address.slice(0, at), address.slice(at + 1)];
}

function validateHostname(host: string): string | null {
  if (host.length > 253) return "hostname cannot exceed 253 characters";
  for (const part of host.toLowerCase().replace(/\.$/, "").split(".")) {
    if (part.length === 0 || part.length > 63) {
      return "hostname part must be non-empty and cannot exceed 63 characters";
    }
    if (part.startsWith("-")) return "hostname parts cannot begin with hyphens";
    if (part.endsWith("-")) return "hostname parts cannot end with hyphens";
    const bad = /[^a-z0-9-]/.exec(part)?.[0];
    if (bad) {
      return `hostname parts can only contain alphanumeric characters or hyphens, got "${bad}"`;
    }
  }
  return null;
}
