// Checks that a password hash is valid for its type: Zitadel v4 stores a broken one, and nobody can sign in.

export type HashCheck =
  | {
      readonly kind: "valid";
      /** A warning for its owner; null if there is none. */
      readonly warning: string | null;
    }
  /** `reason` quotes no part of the hash, which may be a password marked as a hash by mistake. */
  | { readonly kind: "invalid"; readonly reason: string };

/** Checks only the form, so a hash of a type that the server has not enabled is valid here. */
export function checkHash(hash: string): HashCheck {
  const bcrypt = BCRYPT.exec(hash);
  if (bcrypt !== null) return checkBcryptCost(Number(bcrypt[1]));
  if (OTHER_KINDS.some((form) => form.test(hash))) return { kind: "valid", warning: null };
  if (/^\$2[aby]\$/.test(hash)) return invalid(`it is not a valid bcrypt hash: ${BCRYPT_FORM}`);
  return invalid(`it is not a valid hash of a kind that Zitadel supports: ${BCRYPT_FORM}`);
}

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const BCRYPT_FORM = "bcrypt is $2b$, a cost of two digits, $ and 53 characters of ./A-Za-z0-9";

/** Each step doubles the time of every sign-in: cost 17 takes Zitadel seven seconds of a core. */
const HIGHEST_COST = 16;
/** The algorithm's own lower limit. */
const LOWEST_COST = 4;
/** Below it, Zitadel v5 refuses the hash (CRYPT-5uV9n). */
const LOWEST_GOOD_COST = 10;

function checkBcryptCost(cost: number): HashCheck {
  if (cost < LOWEST_COST || cost > HIGHEST_COST) {
    return invalid(`its bcrypt cost is ${cost}: use a cost from 10 to 16`);
  }
  const warning = `the password hash has bcrypt cost ${cost}: use 10 to 16, because a lower cost is easy to crack and Zitadel v5 refuses it`;
  return { kind: "valid", warning: cost < LOWEST_GOOD_COST ? warning : null };
}

function invalid(reason: string): HashCheck {
  return { kind: "invalid", reason };
}

const BASE64 = "[A-Za-z0-9+/]";
const CRYPT = "[./A-Za-z0-9]";

/**
 * Other types that an operator of Zitadel can enable, as its library reads them (zitadel/passwap v0.12):
 * argon2, scrypt, PBKDF2, SHA-2 crypt, MD5 crypt, MD5 with and without salt, phpass, Drupal 7.
 */
const OTHER_KINDS: readonly RegExp[] = [
  new RegExp(`^\\$argon2id?\\$v=19\\$m=\\d+,t=\\d+,p=\\d+\\$${BASE64}+\\$${BASE64}+$`),
  new RegExp(`^\\$(scrypt|7)\\$ln=\\d+,r=\\d+,p=\\d+\\$${BASE64}+\\$${BASE64}+$`),
  /^\$pbkdf2(-sha(224|256|384|512))?\$\d+\$[A-Za-z0-9./+]+=*\$[A-Za-z0-9./+]+=*$/,
  new RegExp(`^\\$5\\$(rounds=\\d{4,9}\\$)?[^$]{1,16}\\$${CRYPT}{43}$`),
  new RegExp(`^\\$6\\$(rounds=\\d{4,9}\\$)?[^$]{1,16}\\$${CRYPT}{86}$`),
  new RegExp(`^\\$1\\$[^$]{1,8}\\$${CRYPT}{22}$`),
  /^\$md5salted-(prefix|suffix)\$[^$]+\$[A-Za-z0-9+/]{22}==$/,
  /^[0-9a-f]{32}$/i,
  new RegExp(`^\\$[PH]\\$${CRYPT}{31}$`),
  new RegExp(`^\\$S\\$${CRYPT}{52}$`),
];
