// The default actor: user@host.
import { userInfo, hostname } from "node:os";

/** Who is acting, for the audit. */
export function defaultActor(): string {
  return `${safeUsername()}@${hostname()}`;
}

function safeUsername(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user often has no name.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}
