// The checks of the creation command that need nothing but the input, in Zitadel's order.
import { invalidArgument } from "./api-error.ts";
import { parseEmailAddress } from "./email-address.ts";
import { requireSupportedHash } from "./hash-formats.ts";
import type { HumanInput } from "./human-input.ts";
import type { EmulatorSettings } from "./settings.ts";
import { trimSpace } from "./text-space.ts";

export function requireSoundHuman(human: HumanInput, settings: EmulatorSettings): void {
  requireEmail(human.email);
  if (human.username === "") throw invalidArgument("V2-zzad3", "Errors.Invalid.Argument");
  if (human.givenName === "") {
    throw invalidArgument("USER-UCej2", "First name in profile is empty");
  }
  if (human.familyName === "") {
    throw invalidArgument("USER-4hB7d", "Last name in profile is empty");
  }
  if (human.phone !== null && normalizePhone(human.phone) === null) {
    throw invalidArgument("PHONE-so0wa", "Phone is invalid");
  }
  for (const { key, value } of human.metadata) {
    if (trimSpace(key) === "") throw invalidArgument("USER-Drght", "Metadata key is empty");
    if (value.length === 0) throw invalidArgument("USER-Dbgth", "Metadata value is empty");
  }
  if (human.passwordHash !== null) requireSupportedHash(human.passwordHash, settings);
}

/** E.164, with Switzerland as the default region; null when it is no phone number. */
export function normalizePhone(text: string): string | null {
  const compact = text.replace(/[\s()./-]/g, "");
  const digits = /^(?:\+|00)([1-9]\d{6,14})$/.exec(compact)?.[1];
  if (digits) return `+${digits}`;
  const national = /^0([1-9]\d{8})$/.exec(compact)?.[1];
  return national ? `+41${national}` : null;
}

function requireEmail(email: string): void {
  if (trimSpace(email) === "") throw invalidArgument("EMAIL-spblu", "Email is empty");
  const parsed = parseEmailAddress(email);
  if (!parsed) throw invalidArgument("EMAIL-599BI", "Email is invalid");
  if (parsed.displayName !== "") throw invalidArgument("EMAIL-599GV", "Email is invalid");
}
