// Takes this tool's settings from a .env file, and nothing else that the file may hold.
import { config } from "dotenv";

/** Otherwise a .env could switch off TLS verification or name a proxy, for whoever runs us there. */
const OURS =
  /^(DATABASE_URL|ZITADEL_|PASSWORD_KEYS|SYNTHETIC_EMAIL_DOMAIN|RETRY_|INVITATION_|LOG_|METRICS_DIR|PUSHGATEWAY_URL|PING_URL|PG[A-Z]|NO_COLOR)/;

/** The environment wins. Quietly: dotenv would write a line to stderr. */
export function loadDotenv(path: string, env: NodeJS.ProcessEnv): void {
  const found: Record<string, string> = {};
  config({ path, quiet: true, processEnv: found });
  for (const [name, value] of Object.entries(found)) {
    if (OURS.test(name)) env[name] ??= value;
  }
}
