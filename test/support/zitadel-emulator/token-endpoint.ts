// POST /oauth/v2/token: the jwt-bearer grant for the service account.
import { isValidAssertion } from "./assertion.ts";
import type { EmulatorState } from "./emulator-state.ts";
import { jsonAnswer, plainAnswer, type HttpAnswer } from "./http-answer.ts";

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const API_AUDIENCE_SCOPE = "urn:zitadel:iam:org:project:id:zitadel:aud";

export async function issueToken(
  state: EmulatorState,
  origin: string,
  form: URLSearchParams,
): Promise<HttpAnswer> {
  const { settings, account } = state;
  if (settings.quotaExhausted) return blocked();

  const grantType = form.get("grant_type");
  if (!grantType) return refusal("invalid_request", "grant_type missing");
  if (grantType !== JWT_BEARER) {
    return refusal("unsupported_grant_type", `${grantType} not supported`);
  }
  const assertion = form.get("assertion");
  if (!assertion) return refusal("invalid_request", "assertion missing");
  const scopes = (form.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  const { profile } = settings;
  // `v4` hands out a token that its own API refuses.
  if (scopes.length === 0 && profile === "head") return refusal("invalid_request", "scope missing");

  const nowMs = state.now();
  const isReadable = settings.serviceKeyValid && settings.database !== "keys-unreadable";
  if (!isReadable || !(await isValidAssertion(assertion, account, origin, nowMs))) {
    return profile === "v4" ? serverError() : refusal("invalid_grant", "invalid assertion");
  }
  if (!settings.serviceAccountActive) return refusal("invalid_request", "Errors.User.NotActive");

  // Each token is an event that is written.
  if (settings.database === "read-only") return serverError();

  const lifetimeMs = settings.accessTokenLifetimeMs;
  return jsonAnswer(200, {
    access_token: state.tokens.issue(scopes.includes(API_AUDIENCE_SCOPE), nowMs + lifetimeMs),
    token_type: "Bearer",
    expires_in: Math.max(0, Math.ceil(lifetimeMs / 1_000) - 1),
  });
}

/** For a used-up quota or a blocked instance. */
export function blocked(): HttpAnswer {
  return {
    ...plainAnswer(429, "Your ZITADEL instance is blocked.\n"),
    cookie: "zitadel.quota.exhausted=true; Path=/; Max-Age=300",
  };
}

function serverError(): HttpAnswer {
  return jsonAnswer(500, { error: "server_error", error_description: "Errors.Internal" });
}

function refusal(error: string, description: string): HttpAnswer {
  return jsonAnswer(400, { error, error_description: description });
}
