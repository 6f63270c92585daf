// Hashes a password in a way that Zitadel accepts, so that not even the owner of the key can read it.
import { hash, truncates } from "bcryptjs";
import { UsageError } from "../errors.ts";
import { Secret } from "../secret.ts";

/**
 * bcrypt is the only type that Zitadel enables by default. From v5 on it accepts costs of 10 to 16, and
 * re-hashes with its own cost (14) at the first login.
 */
const COST = 12;

/** @throws UsageError if bcrypt would silently ignore the end of the password */
export async function hashPassword(password: Secret): Promise<Secret> {
  if (truncates(password.reveal())) {
    throw new UsageError("--hash: bcrypt takes at most 72 bytes; choose a shorter password.");
  }
  return new Secret(await hash(password.reveal(), COST));
}
