// The OpenID discovery document; the issuer is the exact origin of the request.
import { jsonAnswer, type HttpAnswer } from "./http-answer.ts";

/** @param replaced fields that the test has set; null leaves the field out */
export function discoveryDocument(
  origin: string,
  replaced: Readonly<Record<string, unknown>>,
): HttpAnswer {
  const document: Record<string, unknown> = { ...standardDocument(origin), ...replaced };
  return jsonAnswer(
    200,
    Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null)),
  );
}

function standardDocument(origin: string) {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/oauth/v2/authorize`,
    token_endpoint: `${origin}/oauth/v2/token`,
    introspection_endpoint: `${origin}/oauth/v2/introspect`,
    userinfo_endpoint: `${origin}/oidc/v1/userinfo`,
    revocation_endpoint: `${origin}/oauth/v2/revoke`,
    end_session_endpoint: `${origin}/oidc/v1/end_session`,
    jwks_uri: `${origin}/oauth/v2/keys`,
    scopes_supported: ["openid", "profile", "email", "phone", "address", "offline_access"],
    response_types_supported: ["code", "id_token", "id_token token"],
    grant_types_supported: [
      "authorization_code",
      "client_credentials",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
    ],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "private_key_jwt"],
  };
}
