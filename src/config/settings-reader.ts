// Collects all errors in the settings, so that they are reported together.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { ConfigError } from "../errors.ts";
import { Secret } from "../secret.ts";
import { fromDotenv } from "./from-dotenv.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export class SettingsReader {
  readonly #env: Environment;
  readonly #faults: string[] = [];

  constructor(env: Environment) {
    this.#env = env;
  }

  fault(message: string): void {
    this.#faults.push(message);
  }

  /** Throws one ConfigError that lists every error found so far. */
  finish(): void {
    if (this.#faults.length === 0) return;
    // Two sections may read the same setting.
    throw new ConfigError([...new Set(this.#faults)].join("\n"));
  }

  /** An empty setting counts as unset: Kubernetes and compose files write such values. */
  text(name: string): string | null {
    this.isCutOff(name);
    const value = this.#env[name]?.trim();
    return value === undefined || value === "" ? null : value;
  }

  /** Notes an error if the value in the .env file may have been longer. */
  isCutOff(name: string): boolean {
    if (!fromDotenv(this.#env).cutOff.has(name)) return false;
    this.fault(
      `${name} ends at a # in .env, which begins a comment there: put its value in quotes` +
        (name.endsWith("_URL") ? ", and write # as %23 in a password." : "."),
    );
    return true;
  }

  /** `parse` returns null for an invalid value; then `form` describes a valid one. */
  parsed<T>(name: string, fallback: string, form: string, parse: (text: string) => T | null): T {
    const value = parse(this.text(name) ?? fallback);
    if (value !== null) return value;
    this.fault(`${name} is "${this.text(name)}": it must be ${form}.`);
    return parse(fallback) as T;
  }

  oneOf<const T extends string>(name: string, fallback: T, choices: readonly T[]): T {
    return this.parsed(
      name,
      fallback,
      choices.join(", "),
      (text) => choices.find((choice) => choice === text) ?? null,
    );
  }

  /** @returns the PEM text of the file that the setting names */
  certificate(name: string): string | null {
    const path = this.text(name);
    if (path === null) return null;
    try {
      const pem = readFileSync(path, "utf8");
      // Throws unless the text is a certificate.
      void new X509Certificate(pem);
      return pem;
    } catch {
      this.fault(`${name} names ${shown(path)}, which is not a readable PEM certificate.`);
      return null;
    }
  }

  /**
   * The setting itself, or the content of the file that `NAME_FILE` names. Messages never quote the value,
   * because a key pasted into the wrong variable must not reach a log.
   */
  secret(name: string): Secret | null {
    const value = this.text(name);
    const path = this.text(`${name}_FILE`);
    if (value !== null && path !== null) {
      this.fault(`${name} and ${name}_FILE are both set: unset one of them.`);
      return null;
    }
    if (path === null) return value === null ? null : new Secret(value);
    try {
      const content = readFileSync(path, "utf8").trim();
      if (content !== "") return new Secret(content);
      this.fault(`${name}_FILE names ${shown(path)}, which is empty.`);
    } catch (error) {
      const code = errorCode(error);
      const named = `${name}_FILE names ${shown(path)}`;
      this.fault(`${named}, which cannot be read (${code}): ${adviceFor(code, path)}.`);
    }
    return null;
  }
}

/** Begins like a path, or is a plain file name: `host/uuid` and `aB3/x9` are neither. */
export const PATH =
  /^(~|\.{0,2})(\/[\w.~+ -]{1,200})+$|^[\w-]{1,60}\.(json|jwks|pem|crt|cer|key|txt)$/;

function adviceFor(code: string, path: string): string {
  if (code === "EACCES")
    return "make this user its owner (chown), with mode 0400, and let this user enter the directories above it";
  return code === "ENOENT" && PATH.test(path)
    ? "create it, or correct the path"
    : "it must hold a path, not the secret itself";
}

/** A secret given instead of its path must not reach a log. */
export function shown(path: string): string {
  return PATH.test(path) ? path : "something that does not look like a path";
}

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "unknown error";
}
