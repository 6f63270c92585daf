// Reads this tool's settings from a .env file, and ignores everything else in it.
import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { parse } from "dotenv";
import { rememberDotenv } from "./from-dotenv.ts";

/**
 * Other names are ignored: a .env file must not be able to switch off TLS verification. A proxy is allowed,
 * because it sees nothing inside TLS.
 */
const OURS =
  /^(DATABASE_URL|ZITADEL_|PASSWORD_KEYS|SYNTHETIC_EMAIL_DOMAIN|RETRY_|INVITATION_|JOB_RETENTION|FAILED_PASSWORD_RETENTION|LOG_|METRICS_DIR|PUSHGATEWAY_URL|PING_URL|OTEL_(EXPORTER_OTLP_|SERVICE_NAME|RESOURCE_ATTRIBUTES|SDK_DISABLED|TRACES_EXPORTER)|HTTPS_PROXY|HTTP_PROXY|NO_PROXY$|PG[A-Z]|NO_COLOR)/;

/**
 * The environment overrides a setting in all its forms: a DATABASE_URL there also hides a DATABASE_URL_FILE
 * here. Settings decide where tokens and passwords are sent, so a file that another user owns or can change
 * is not read.
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
    const reason = findOtherWriter(file);
    if (reason !== null) return `${path} is not read: ${reason}`;
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

/** The setting behind a name: its file form, or a token instead of a key, belongs to the same setting. */
function settingOf(name: string): string {
  return name.replace(/_FILE$/, "").replace(/^ZITADEL_TOKEN$/, "ZITADEL_KEY");
}

/** Outside quotes, every # begins a comment for dotenv, also the one in `PGPASSWORD=pa#ss`. */
function cutOffIn(content: string): string[] {
  const lines = content.matchAll(/^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)(?!\s*["'`])[^#\r\n]*#/gm);
  return [...lines].filter(([text]) => !/\s#$/.test(text)).map(([, name = ""]) => name);
}

/** Checked on the open file, which nobody can replace any more. */
function findOtherWriter(file: number): string | null {
  const { uid, mode } = fstatSync(file);
  const self = process.getuid?.();
  if (self === undefined) return null;
  if (uid !== self && uid !== 0) return "it belongs to another user";
  return (mode & 0o002) === 0 ? null : "every user can write to it (chmod o-w)";
}
