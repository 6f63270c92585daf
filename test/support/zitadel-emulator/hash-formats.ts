// Decides whether a password hash would be imported: known format, parsable, cost within bounds.
import { type ApiError, invalidArgument } from "./api-error.ts";
import type { EmulatorSettings } from "./settings.ts";

export type HashVerifier = keyof typeof FORMATS;

interface HashFormat {
  readonly prefixes: readonly string[];
  /** Captures the cost figures. */
  readonly shape?: RegExp;
  readonly bounds?: readonly (readonly [min: number, max: number])[];
}

const FORMATS = {
  bcrypt: {
    prefixes: ["$2"],
    shape: /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/,
    bounds: [[10, 16]],
  },
  argon2: {
    prefixes: ["$argon2i$", "$argon2id$"],
    shape: /^\$argon2id?\$v=\d+\$m=(\d+),t=(\d+),p=(\d+)\$[^$]+\$[^$]+$/,
    bounds: [
      [8 * 1024, 512 * 1024],
      [1, 10],
      [1, 16],
    ],
  },
  scrypt: {
    prefixes: ["$scrypt$"],
    shape: /^\$scrypt\$ln=(\d+),r=\d+,p=\d+\$[^$]+\$[^$]+$/,
    bounds: [[14, 20]],
  },
  pbkdf2: {
    prefixes: ["$pbkdf2"],
    shape: /^\$pbkdf2(?:-sha\d+)?\$(\d+)\$[^$]+\$[^$]+$/,
    bounds: [[1_000, 10_000_000]],
  },
  sha2: { prefixes: ["$5$", "$6$"] },
  md5: { prefixes: ["$1$"] },
  phpass: { prefixes: ["$P$", "$H$"] },
  drupal7: { prefixes: ["$S$"] },
} as const satisfies Record<string, HashFormat>;

export function requireSupportedHash(hash: string, settings: EmulatorSettings): void {
  const verifier = settings.hashVerifiers.find((name) =>
    FORMATS[name].prefixes.some((prefix) => hash.startsWith(prefix)),
  );
  if (!settings.features.hashCostBounds) {
    if (!verifier) throw invalidArgument("USER-JDk4t", "Errors.User.Password.NotSupported");
    return;
  }
  if (!verifier) throw unknownFormat(settings.hashVerifiers);

  const format: HashFormat = FORMATS[verifier];
  const match = format.shape?.exec(hash);
  if (format.shape && !match) throw unparsable();
  const isWithinBounds = (format.bounds ?? []).every(([min, max], index) => {
    const cost = Number(match?.[index + 1]);
    return cost >= min && cost <= max;
  });
  if (!isWithinBounds) throw invalidArgument("CRYPT-5uV9n", "Errors.User.Password.Invalid");
}

/** bcrypt's parser answers with an error where the others pass a foreign hash on. */
function unknownFormat(verifiers: readonly HashVerifier[]): ApiError {
  return verifiers.includes("bcrypt")
    ? unparsable()
    : invalidArgument("CRYPT-2xK7d", "Errors.Hash.NotSupported");
}

function unparsable(): ApiError {
  return invalidArgument("CRYPT-r8Qm2", "Errors.User.Password.Invalid");
}
