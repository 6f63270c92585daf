// Takes this tool's settings from a .env file, and nothing else that the file may hold.
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { parse } from "dotenv";

/** Otherwise a .env could switch off TLS verification or name a proxy, for whoever runs us there. */
const OURS =
  /^(DATABASE_URL|ZITADEL_|PASSWORD_KEYS|SYNTHETIC_EMAIL_DOMAIN|RETRY_|INVITATION_|JOB_RETENTION|FAILED_PASSWORD_RETENTION|LOG_|METRICS_DIR|PUSHGATEWAY_URL|PING_URL|PG[A-Z]|NO_COLOR)/;

interface Bond {
  readonly members: RegExp;
  /** Whichever of these the environment holds, the file has no say. */
  readonly binding: RegExp;
}

/**
 * What belongs to one connection comes from one place: otherwise a file that came with a checkout
 * would say where the environment's password or token is sent, or with how much TLS.
 */
const BONDS: readonly Bond[] = [
  {
    members: /^(DATABASE_URL|PG[A-Z])/,
    binding:
      /^(DATABASE_URL(_FILE)?|PG(HOST|HOSTADDR|PORT|USER|DATABASE|PASSWORD|PASSFILE|SERVICE|SSL[A-Z]+))$/,
  },
  {
    members: /^ZITADEL_(?!(TIMEOUT|RATE)$)/,
    binding: /^ZITADEL_(URL|API_URL|ALLOW_INSECURE|(KEY|TOKEN)(_FILE)?|ORG_ID|CA_FILE)$/,
  },
];

const taken = new WeakMap<object, Set<string>>();

/** The settings of this environment that came from a .env file. */
export function namesFromDotenv(env: object): ReadonlySet<string> {
  return taken.get(env) ?? new Set();
}

/**
 * The environment wins. Settings say where tokens and passwords are sent: a file that another user
 * put there, or may change, is not read.
 * @returns why the file, or what of it, was not read; null where all of it was
 */
export function loadDotenv(path: string, env: NodeJS.ProcessEnv): string | null {
  const file = openSync(path, "r");
  try {
    const stranger = whoElseWrites(file);
    if (stranger !== null) return `${path} is not read: ${stranger}`;
    const bonds = BONDS.map(({ members, binding }) => ({ members, by: boundBy(binding, env) }));
    const names = new Set<string>();
    const left = new Map<string, string[]>();
    for (const [name, value] of Object.entries(parse(readFileSync(file)))) {
      if (!OURS.test(name) || env[name] !== undefined || value.trim() === "") continue;
      const by = bonds.find(({ members }) => members.test(name))?.by;
      if (by === undefined) {
        env[name] = value;
        names.add(name);
      } else left.set(by, [...(left.get(by) ?? []), name]);
    }
    taken.set(env, names);
    return left.size === 0 ? null : [...left].map((one) => notTaken(path, ...one)).join("; ");
  } finally {
    closeSync(file);
  }
}

function boundBy(binding: RegExp, env: NodeJS.ProcessEnv): string | undefined {
  return Object.keys(env).find((name) => binding.test(name) && env[name]?.trim() !== "");
}

function notTaken(path: string, by: string, names: readonly string[]): string {
  return (
    `${path}: ${names.join(", ")} not taken, because ${by} is in the environment, and a server's ` +
    `address and credentials come from one place: set all of them there, or unset ${by}`
  );
}

/** Asked of the opened file, which nobody can exchange any more. */
function whoElseWrites(file: number): string | null {
  const { uid, mode } = fstatSync(file);
  const self = process.getuid?.();
  if (self === undefined) return null;
  if (uid !== self && uid !== 0) return "it belongs to another user";
  return (mode & 0o002) === 0 ? null : "every user may write it (chmod o-w)";
}
