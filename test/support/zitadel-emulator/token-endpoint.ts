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
  if (scopes.length === 0) return refusal("invalid_request", "scope missing");

  const nowMs = state.now();
  if (!settings.serviceKeyValid || !(await isValidAssertion(assertion, account, origin, nowMs))) {
    return refusal("invalid_grant", "invalid assertion");
  }
  if (!settings.serviceAccountActive) return refusal("invalid_request", "Errors.User.NotActive");

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

function refusal(error: string, description: string): HttpAnswer {
  return jsonAnswer(400, { error, error_description: description });
}
