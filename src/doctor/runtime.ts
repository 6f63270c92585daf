// Connects the checks to the real Postgres and Zitadel, each opened once, on first use.
import type { Sections } from "../config/config.ts";
import type { SettingsSurvey } from "../config/settings-survey.ts";
import { ConfigError } from "../errors.ts";
import type { IdentityInspection } from "../zitadel/identity-inspection.ts";
import type { Recall } from "../zitadel/memory.ts";
import { readLastContact } from "../queue-table/last-contact.sql.ts";
import { openDoctorConnection, type DoctorConnection } from "./connection.sql.ts";
import { tryLock } from "./locks.sql.ts";
import { LIMITS, type DoctorContext } from "./check.ts";

/** ZITADEL_TIMEOUT is for runs; nobody waits for those. */
const LONGEST_STEP_MS = 10_000;

export interface OpenedContext {
  readonly context: DoctorContext;
  /** Closes everything that was opened. */
  readonly close: () => Promise<void>;
}

export function openContext(survey: SettingsSurvey): OpenedContext {
  const setting = <S extends keyof Sections>(section: S): Sections[S] => {
    const value = survey.sections[section];
    if (value === undefined) throw new ConfigError(`The ${section} settings are faulty.`);
    return value;
  };
  const applicationName = `fhj doctor ${process.pid}`;
  let connection: Promise<DoctorConnection> | null = null;
  let inspection: Promise<IdentityInspection> | null = null;
  const postgres = () =>
    (connection ??= openDoctorConnection(setting("database"), applicationName));
  const zitadel = () => (inspection ??= openInspection(setting("zitadel"), recall));
  // On a connection of its own: other checks may be in the middle of a transaction.
  const recall = async () => {
    try {
      const db = await openDoctorConnection(setting("database"), applicationName);
      try {
        return await readLastContact(db);
      } finally {
        await db.close();
      }
    } catch {
      // Problems of Postgres are reported by its own checks.
      return null;
    }
  };

  return {
    context: {
      survey,
      limits: LIMITS,
      setting,
      postgres,
      zitadel,
      tryLock: async () => tryLock(setting("database"), applicationName, await postgres()),
      now: () => new Date(),
    },
    close: async () => {
      await connection?.then((opened) => opened.close()).catch(() => undefined);
      await inspection?.then((opened) => opened.close()).catch(() => undefined);
    },
  };
}

async function openInspection(
  zitadel: Sections["zitadel"],
  recall: Recall,
): Promise<IdentityInspection> {
  const { inspectZitadel } = await import("../zitadel/inspection.ts");
  const timeoutMs = Math.min(zitadel.timeoutMs, LONGEST_STEP_MS);
  return inspectZitadel({ ...zitadel, timeoutMs }, recall);
}
