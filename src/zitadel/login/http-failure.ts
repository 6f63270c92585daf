// The meaning of an HTTP error from Zitadel's discovery or token endpoint.
import {
  IdentityRateLimited,
  IdentityRefused,
  IdentityUnavailable,
  type ExpectedError,
} from "../../errors.ts";
import { errorIdInText, INSTANCE_UNKNOWN } from "../error-text.ts";
import type { HttpAnswer } from "./http.ts";

export type Endpoint = "discovery" | "token";

const NAMES: Readonly<Record<Endpoint, string>> = {
  discovery: "Discovery",
  token: "The token endpoint",
};

/** @returns null for a success */
export function httpFailure(answer: HttpAnswer, at: Endpoint, url: URL): ExpectedError | null {
  const { status } = answer;
  if (status >= 200 && status < 300) return null;
  const said = `${NAMES[at]} at ${url.href} answered HTTP ${status}${reason(answer)}`;
  if (status === 429) return tooMany(answer, at, said);

  const id = errorIdInText(answer.text);
  if (id === INSTANCE_UNKNOWN) {
    return new IdentityRefused(
      `${said}: Zitadel knows no instance by the name ${url.host} (${id}). Check that ZITADEL_URL is the instance's own domain.`,
    );
  }
  // Zitadel v4 answers 404 also if it cannot read its database for the instance.
  if (id !== null) {
    return new IdentityUnavailable(
      `${said}: Zitadel has trouble with its own database (${id}). Check Zitadel's log and its database.`,
    );
  }
  if (status >= 500 || status === 408 || status === 412) {
    return new IdentityUnavailable(
      `${said}. Check the log of Zitadel or of the proxy in front of it.`,
    );
  }
  return new IdentityRefused(`${said}. ${advice(answer, at)}`);
}

/** A page not found, or a redirect to another address, without an error ID of Zitadel's. */
export function isForeignAnswer({ status, text }: HttpAnswer): boolean {
  return (status === 404 || (status >= 300 && status < 400)) && errorIdInText(text) === null;
}

const EXPECTED: Readonly<Record<Endpoint, string>> = {
  discovery: "discovery document",
  token: "token",
};

/** For a foreign answer at an address that worked recently. */
export function missing(at: Endpoint, url: URL, { status }: HttpAnswer): IdentityUnavailable {
  return new IdentityUnavailable(
    `${NAMES[at]} at ${url.href} answered HTTP ${status} and no ${EXPECTED[at]}, at an address that used to work. ` +
      "Check Zitadel, its database and the proxy in front of it.",
  );
}

/** Describes a success that is not JSON, which Zitadel never sends. */
export function notZitadel({ status, contentType }: HttpAnswer): string {
  return (
    `answered HTTP ${status} with ${contentType ?? "no content type"}, and no JSON: something else ` +
    "answers in Zitadel's place, such as the sign-in page of a proxy or network in between"
  );
}

/**
 * Only OAuth error codes go into messages, because other text may quote what was sent. Zitadel itself
 * never answers with a web page.
 */
function reason({ json, contentType }: HttpAnswer): string {
  const error = json?.["error"];
  if (typeof error === "string" && /^[a-z_]{1,40}$/.test(error)) return ` (${error})`;
  return contentType === "text/html" ? " with text/html, perhaps from a proxy in between" : "";
}

/** Zitadel has no rate limit: its own 429 means a blocked instance, also in discovery, or a used-up quota. */
function tooMany({ text, retryAfterMs }: HttpAnswer, at: Endpoint, said: string): ExpectedError {
  if (!text.startsWith("Your ZITADEL instance is blocked")) {
    return new IdentityRateLimited(`${said}: Zitadel or a proxy asked us to wait.`, retryAfterMs);
  }
  const what =
    at === "discovery"
      ? "the instance is blocked by its operator"
      : "the instance's quota of requests is used up";
  const rest =
    "This does not end by itself: ask the operator of Zitadel (of Zitadel Cloud: its support)";
  return new IdentityRateLimited(`${said}: ${what}. ${rest}.`, retryAfterMs);
}

function advice({ status, json }: HttpAnswer, at: Endpoint): string {
  if (status >= 300 && status < 400) {
    return "Set ZITADEL_URL to the address that it redirects to, if that is Zitadel.";
  }
  if (at === "discovery") {
    return status === 401 || status === 403
      ? "Zitadel requires no login for this: check the proxy in front of it."
      : "Check that ZITADEL_URL is the instance's own domain.";
  }
  if (json?.["error_description"] === "Errors.User.NotActive") {
    return "The service account is deactivated or locked: activate or unlock it in Zitadel's console; its key then works again.";
  }
  return "Check that the service-account key is current and its account active.";
}
