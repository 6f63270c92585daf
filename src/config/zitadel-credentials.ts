// How a run logs in to Zitadel: a service account's key or a token.
import { createPrivateKey } from "node:crypto";
import { Secret } from "../secret.ts";
import { type SettingsReader } from "./settings-reader.ts";

export type ZitadelCredentials =
  | {
      readonly kind: "key";
      readonly userId: string;
      readonly keyId: string;
      readonly pem: Secret;
      /** From the key file; null if it has no date. */
      readonly expiresAt: Date | null;
    }
  | { readonly kind: "token"; readonly token: Secret };

export function readCredentials(settings: SettingsReader): ZitadelCredentials | null {
  const before = ["ZITADEL_KEY", "ZITADEL_KEY_FILE", "ZITADEL_TOKEN", "ZITADEL_TOKEN_FILE"];
  const given = before.filter((name) => settings.text(name) !== null);
  if (given.length === 0) {
    settings.fault(
      "ZITADEL_KEY_FILE is not set: set it to the service-account key that Zitadel's console downloads " +
        "(or set ZITADEL_KEY, ZITADEL_TOKEN or ZITADEL_TOKEN_FILE).",
    );
    return null;
  }
  if (given.some((name) => name.includes("KEY")) && given.some((name) => name.includes("TOKEN"))) {
    settings.fault(`${given.join(" and ")} are both set: choose a key or a token.`);
    return null;
  }
  const token = settings.secret("ZITADEL_TOKEN");
  if (token !== null && !/^[\x21-\x7e]+$/.test(token.reveal())) {
    const source = settings.text("ZITADEL_TOKEN") === null ? "ZITADEL_TOKEN_FILE" : "ZITADEL_TOKEN";
    settings.fault(
      `${source} contains more than a token: it must be one word, without spaces or line breaks.`,
    );
    return null;
  }
  if (token !== null) return { kind: "token", token };
  const key = settings.secret("ZITADEL_KEY");
  if (key === null) return null;
  const source = settings.text("ZITADEL_KEY_FILE") ?? "ZITADEL_KEY";
  const wrong = parseServiceKey(key, source);
  if (typeof wrong !== "string") return wrong;
  settings.fault(wrong);
  return null;
}

/** @returns the credentials, or a sentence about what is wrong with the key */
function parseServiceKey(key: Secret, source: string): ZitadelCredentials | string {
  const advice = "download a key of type JSON for the service account in Zitadel's console";
  let file: Record<string, unknown>;
  try {
    file = JSON.parse(key.reveal()) as Record<string, unknown>;
  } catch {
    return `${source} is not valid JSON: ${advice}.`;
  }
  const { type, userId, keyId, key: pem, expirationDate } = file ?? {};
  if (type !== "serviceaccount") {
    const found = typeof type === "string" ? `"${type.slice(0, 40)}"` : "missing";
    return `${source} is not a service-account key (its type is ${found}): ${advice}.`;
  }
  if (typeof userId !== "string" || typeof keyId !== "string" || typeof pem !== "string") {
    return `${source} lacks userId, keyId or key: ${advice}.`;
  }
  const expiresMs = typeof expirationDate === "string" ? Date.parse(expirationDate) : NaN;
  if (expiresMs < Date.now()) {
    return `${source} expired on ${new Date(expiresMs).toISOString()}: ${advice}.`;
  }
  try {
    createPrivateKey(pem);
  } catch {
    return `${source} contains no readable private key: ${advice}.`;
  }
  const expiresAt = Number.isNaN(expiresMs) ? null : new Date(expiresMs);
  return { kind: "key", userId, keyId, pem: new Secret(pem), expiresAt };
}
