// Issues opaque access tokens and checks the bearer token of a call.
import { randomBytes } from "node:crypto";
import { TOKEN_PREFIX } from "../canaries.ts";
import { errors } from "./api-error.ts";

interface IssuedToken {
  readonly expiresAtMs: number;
  /** The token was asked for with the scope that names the API as audience. */
  readonly isForApi: boolean;
}

export class AccessTokens {
  readonly #issued = new Map<string, IssuedToken>();
  readonly #pat: string;
  #isPatRevoked = false;
  #isPatDeleted = false;

  constructor(pat: string) {
    this.#pat = pat;
  }

  issue(isForApi: boolean, expiresAtMs: number): string {
    const token = TOKEN_PREFIX + randomBytes(48).toString("base64url");
    this.#issued.set(token, { isForApi, expiresAtMs });
    return token;
  }

  revokeAll(options: { readonly alsoPat: boolean }): void {
    this.#issued.clear();
    this.#isPatRevoked ||= options.alsoPat;
  }

  /** Its account was deactivated or locked: only a reset brings the token back. */
  deletePat(): void {
    this.#isPatDeleted = true;
  }

  restorePat(): void {
    this.#isPatRevoked = false;
    this.#isPatDeleted = false;
  }

  /** Throws the UNAUTHENTICATED failures of Zitadel. */
  require(authorization: string | undefined, nowMs: number): void {
    if (!authorization) throw errors.authHeaderMissing();
    if (!authorization.startsWith("Bearer ")) throw errors.authHeaderInvalid();
    const token = authorization.slice("Bearer ".length);
    if (token === this.#pat && !this.#isPatRevoked && !this.#isPatDeleted) return;
    const issued = this.#issued.get(token);
    if (!issued?.isForApi || issued.expiresAtMs <= nowMs) throw errors.tokenInvalid();
  }
}
