// Reads this tool's settings from a .env file, and ignores everything else in it.
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { parse } from "dotenv";
import { rememberDotenv } from "./from-dotenv.ts";

/** Otherwise a .env could switch off TLS verification for anyone who runs us there. A proxy sees nothing of what TLS carries. */
const OURS =
  /^(DATABASE_URL|ZITADEL_|PASSWORD_KEYS|SYNTHETIC_EMAIL_DOMAIN|RETRY_|INVITATION_|JOB_RETENTION|FAILED_PASSWORD_RETENTION|LOG_|METRICS_DIR|PUSHGATEWAY_URL|PING_URL|OTEL_(EXPORTER_OTLP_|SERVICE_NAME|RESOURCE_ATTRIBUTES|SDK_DISABLED|TRACES_EXPORTER)|HTTPS_PROXY|HTTP_PROXY|NO_PROXY$|PG[A-Z]|NO_COLOR)/;

/**
 * The environment wins, over a setting as a whole: a DATABASE_URL there also hides DATABASE_URL_FILE
 * here, as both would be too many. Settings say where tokens and passwords are sent: a file that another user
 * put there, or may change, is not read.
 * @returns why the file was not read, or null
 */
export function loadDotenv(path: string, env: NodeJS.ProcessEnv): string | null {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (error) {
    return `${path} is not read: ${(error as NodeJS.ErrnoException).code}, let this user read it`;
  }
  try {
    const stranger = whoElseWrites(file);
    if (stranger !== null) return `${path} is not read: ${stranger}`;
    const content = readFileSync(file, "utf8");
    const given = new Set(
      Object.keys(env)
        .filter((name) => env[name]?.trim())
        .map(settingOf),
    );
    const taken = new Set<string>();
    for (const [name, value] of Object.entries(parse(content))) {
      if (!OURS.test(name) || env[name] !== undefined || given.has(settingOf(name))) continue;
      env[name] = value;
      taken.add(name);
    }
    const cutOff = cutOffIn(content).filter((name) => taken.has(name));
    rememberDotenv(env, { taken, cutOff: new Set(cutOff) });
    return null;
  } finally {
    closeSync(file);
  }
}

/** The setting that a name is one way to write: a file holds its value, a token takes the key's place. */
function settingOf(name: string): string {
  return name.replace(/_FILE$/, "").replace(/^ZITADEL_TOKEN$/, "ZITADEL_KEY");
}

/** Outside quotes any # begins a comment to dotenv, also the one in `PGPASSWORD=pa#ss`. */
function cutOffIn(content: string): string[] {
  const lines = content.matchAll(/^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)(?!\s*["'`])[^#\r\n]*#/gm);
  return [...lines].filter(([text]) => !/\s#$/.test(text)).map(([, name = ""]) => name);
}

/** Asked of the opened file, which nobody can exchange any more. */
function whoElseWrites(file: number): string | null {
  const { uid, mode } = fstatSync(file);
  const self = process.getuid?.();
  if (self === undefined) return null;
  if (uid !== self && uid !== 0) return "it belongs to another user";
  return (mode & 0o002) === 0 ? null : "every user can write to it (chmod o-w)";
}
