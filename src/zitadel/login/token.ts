// Access tokens: a personal access token, or one token a run by JWT profile, fetched once for all callers.
import { createPrivateKey } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { SignJWT } from "jose";
import type { ZitadelConfig } from "../../config/zitadel-config.ts";
import { IdentityUnavailable } from "../../errors.ts";
import { Secret } from "../../secret.ts";
import type { Tracer } from "../../tracing.ts";
import { discover } from "./discovery.ts";
import { httpFailure, isForeignAnswer, missing, notZitadel } from "./http-failure.ts";
import { httpCall, type HttpAnswer } from "./http.ts";
import { isGrantRefused, isKeyInDoubt, keyOrDatabase } from "./key-doubt.ts";
import type { ZitadelMemory } from "../memory.ts";

export interface TokenSource {
  /** @throws IdentityUnavailable, IdentityRefused or IdentityRateLimited */
  token(): Promise<Secret>;
  /**
   * Call it when Zitadel refused this token.
   * @returns whether a new call may give another one
   */
  reject(token: Secret): boolean;
}

/** Without the second scope, Zitadel's own API refuses the token (AUTH-7fs1e). */
const SCOPE = "openid urn:zitadel:iam:org:project:id:zitadel:aud";
/** Zitadel refuses an assertion dated more than a second ahead of its clock. */
const BACKDATE_S = 30;
const ASSERTION_LIFETIME_S = 300;
/** A token is renewed this long before it expires, so that none expires in transit. */
const MARGIN_MS = 60_000;
/** `invalid_grant` may be a database error while Zitadel loads the key, so it is checked twice. */
const SECOND_TRY_AFTER_MS = 500;

interface FetchedToken {
  readonly token: Secret;
  /** By performance.now(). */
  readonly endsAtMs: number;
}

type TokenConfig = Pick<
  ZitadelConfig,
  "issuer" | "apiUrl" | "credentials" | "timeoutMs" | "extraCa" | "proxy"
> & {
  /** Aborts the requests in progress when nobody needs them any more. */
  readonly closed?: AbortSignal;
  readonly tracer?: Tracer;
};

export function createTokenSource(
  config: TokenConfig,
  pace: () => Promise<void>,
  memory: ZitadelMemory,
): TokenSource {
  const { credentials } = config;
  if (credentials.kind === "token") {
    return { token: () => Promise.resolve(credentials.token), reject: () => false };
  }
  let current: FetchedToken | null = null;
  let fetching: Promise<FetchedToken> | null = null;
  let discovered = false;
  let loggedIn = false;
  const isAddressKnown = async () => discovered || (await memory.isAddressKnown());

  const fetchToken = async () => {
    await pace();
    const { tokenEndpoint, skewMs } = await discover(config, isAddressKnown);
    discovered = true;
    for (const lastTry of [false, true]) {
      const assertion = await signAssertion(config.issuer, credentials, skewMs);
      await pace();
      const answer = await httpCall(tokenEndpoint, {
        ...config,
        form: new URLSearchParams({
          grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
          scope: SCOPE,
          assertion,
        }),
      });
      const failed = httpFailure(answer, "token", tokenEndpoint);
      if (failed === null) return readToken(answer, tokenEndpoint);
      if (isKeyInDoubt(answer) || (isGrantRefused(answer) && lastTry)) {
        const key = {
          keyId: credentials.keyId,
          loggedIn: loggedIn ? ("in this run" as const) : await memory.keyLoggedInAt(),
        };
        throw await keyOrDatabase(config, answer, key, skewMs);
      }
      if (isForeignAnswer(answer) && (await memory.isAddressKnown())) {
        throw missing("token", tokenEndpoint, answer);
      }
      if (!isGrantRefused(answer)) throw failed;
      await sleep(SECOND_TRY_AFTER_MS);
    }
    throw new Error("unreachable");
  };

  /** One request for any number of callers; after a failure the next call tries again. */
  const fetchOnce = () => {
    fetching ??= fetchToken()
      .then((fetched) => {
        loggedIn = true;
        return (current = fetched);
      })
      .finally(() => (fetching = null));
    return fetching;
  };

  return {
    token: async () => {
      const known = current;
      if (known !== null && performance.now() < known.endsAtMs) return known.token;
      return (await fetchOnce()).token;
    },
    reject: (token) => {
      // Calls that were in flight with the old token must not discard the new one.
      if (current?.token === token) current = null;
      return true;
    },
  };
}

/** Dated by Zitadel's clock, so that a host with a wrong clock can log in. */
function signAssertion(
  issuer: string,
  key: { userId: string; keyId: string; pem: Secret },
  skewMs: number,
): Promise<string> {
  const nowS = Math.floor((Date.now() + skewMs) / 1000);
  return new SignJWT()
    .setProtectedHeader({ alg: "RS256", kid: key.keyId })
    .setIssuer(key.userId)
    .setSubject(key.userId)
    .setAudience(issuer)
    .setIssuedAt(nowS - BACKDATE_S)
    .setExpirationTime(nowS + ASSERTION_LIFETIME_S)
    .sign(createPrivateKey(key.pem.reveal()));
}

function readToken(answer: HttpAnswer, url: URL): FetchedToken {
  if (answer.json === null) {
    throw new IdentityUnavailable(
      `The token endpoint at ${url.href} ${notZitadel(answer)}. Check the proxies and gateways between this host and Zitadel.`,
    );
  }
  const token = answer.json["access_token"];
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
    throw new IdentityUnavailable("Zitadel's token endpoint answered without an access_token.");
  }
  const expiresIn = answer.json["expires_in"];
  const lifetimeMs = typeof expiresIn === "number" && expiresIn > 0 ? expiresIn * 1000 : 3_600_000;
  // With a lifetime shorter than the margin, every call would fetch a token.
  const usableMs = Math.max(lifetimeMs - MARGIN_MS, lifetimeMs / 2);
  return { token: new Secret(token), endsAtMs: performance.now() + usableMs };
}
