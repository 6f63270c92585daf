// Checks a plain password: complexity rules in Zitadel's order, then bcrypt's 72 byte limit.
import { invalidArgument, rawFailure } from "./api-error.ts";
import type { EmulatorSettings } from "./settings.ts";

export interface PasswordPolicy {
  /** In bytes. */
  readonly minLength: number;
  readonly lower: boolean;
  readonly upper: boolean;
  readonly number: boolean;
  readonly symbol: boolean;
}

const BCRYPT_MAX_BYTES = 72;

/** `contextOrgId` is the organization of the request, which need not be the new user's. */
export function requireAcceptablePassword(
  password: string,
  contextOrgId: string,
  settings: EmulatorSettings,
): void {
  const policy = settings.orgPasswordPolicies[contextOrgId] ?? settings.passwordPolicy;
  const bytes = Buffer.byteLength(password);
  if (bytes < policy.minLength) throw tooSimple("COMMA-HuJf6", "MinLength");
  if (policy.lower && !/[a-z]/.test(password)) throw tooSimple("COMMA-co3Xw", "HasLower");
  if (policy.upper && !/[A-Z]/.test(password)) throw tooSimple("COMMA-VoaRj", "HasUpper");
  if (policy.number && !/[0-9]/.test(password)) throw tooSimple("COMMA-ZBv4H", "HasNumber");
  if (policy.symbol && !/[^A-Za-z0-9]/.test(password)) throw tooSimple("COMMA-ZDLwA", "HasSymbol");
  if (bytes > BCRYPT_MAX_BYTES) throw rawFailure("bcrypt: password length exceeds 72 bytes");
}

function tooSimple(id: string, rule: string) {
  return invalidArgument(id, `Errors.User.PasswordComplexityPolicy.${rule}`);
}
