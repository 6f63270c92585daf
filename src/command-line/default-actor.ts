// The default actor: user@host.
import { userInfo, hostname } from "node:os";

/** The actor for the audit log. */
export function defaultActor(): string {
  return `${safeUsername()}@${hostname()}`;
}

function safeUsername(): string {
  try {
    return userInfo().username;
  } catch {
    // In a container the user often has no name.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}
