// Lists each setting with its origin and value, and each error with its setting.
import { ConfigError } from "../errors.ts";
import { readConfig, SECTION_NAMES, type Sections } from "./config.ts";
import { shown, type Environment } from "./settings-reader.ts";
import { SHOWN_SETTINGS, type ShownSetting } from "./setting-forms.ts";

export interface SurveyedSetting {
  readonly name: string;
  /** Never a secret: for those only where they come from. */
  readonly text: string;
  /** Sentences of the form `what is wrong: what is valid`. */
  readonly faults: readonly string[];
}

export interface SettingsSurvey {
  readonly settings: readonly SurveyedSetting[];
  /** Each section that is valid. */
  readonly sections: Partial<Sections>;
  /** For each invalid section, its first setting with an error. */
  readonly faulty: Partial<Record<keyof Sections, string>>;
}

/** @param fromDotenv names that a .env file has set */
export function surveySettings(env: Environment, fromDotenv: ReadonlySet<string>): SettingsSurvey {
  const faults = faultsOf(env, SECTION_NAMES);
  const owners = faults.map((fault) => [ownerOf(fault, env), fault] as const);
  const settings = SHOWN_SETTINGS.flatMap((setting) => {
    const own = owners.filter(([owner]) => owner === setting.name).map(([, fault]) => fault);
    const silent = setting.optional === true && value(env, setting.name) === null;
    if (silent && sourceOf(setting, env) === setting.name && own.length === 0) return [];
    return [{ name: setting.name, text: describeSetting(setting, env, fromDotenv), faults: own }];
  });
  const sections: Partial<Sections> = {};
  const faulty: SettingsSurvey["faulty"] = {};
  for (const section of SECTION_NAMES) {
    const [fault] = faultsOf(env, [section]);
    if (fault === undefined) Object.assign(sections, readConfig(env, section));
    else faulty[section] = ownerOf(fault, env);
  }
  return { settings, sections, faulty };
}

function faultsOf(env: Environment, sections: readonly (keyof Sections)[]): string[] {
  try {
    readConfig(env, ...sections);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split("\n");
    throw error;
  }
}

/** An error begins with its setting, or with the file that the setting names. */
function ownerOf(fault: string, env: Environment): string {
  const named = SHOWN_SETTINGS.find(({ name }) => new RegExp(`^${name}(_FILE)?\\b`).test(fault));
  const inFile = SHOWN_SETTINGS.find(({ name }) => {
    const path = value(env, `${name}_FILE`);
    return path !== null && fault.startsWith(`${path} `);
  });
  // The remaining errors are about the address of Postgres: its sslmode, or PGSERVICE.
  return (inFile ?? named)?.name ?? "DATABASE_URL";
}

function describeSetting(
  setting: ShownSetting,
  env: Environment,
  fromDotenv: ReadonlySet<string>,
): string {
  const source = sourceOf(setting, env);
  const text = value(env, source);
  if (text === null) {
    if (setting.fallback !== null) return `${setting.fallback} (default)`;
    return setting.unset === undefined ? "not set" : `not set: ${setting.unset}`;
  }
  const origin = fromDotenv.has(source) ? ".env" : "environment";
  if (setting.shows === null) {
    const file = source === setting.name ? "" : `, from the file of ${source}: ${shown(text)}`;
    return `set${file} (${origin})`;
  }
  return `${setting.shows.test(text) ? text : "set, not shown"} (${origin})`;
}

function sourceOf({ name, shows }: ShownSetting, env: Environment): string {
  const file = `${name}_FILE`;
  return shows === null && value(env, name) === null && value(env, file) !== null ? file : name;
}

function value(env: Environment, name: string): string | null {
  const text = env[name]?.trim();
  return text === undefined || text === "" ? null : text;
}
