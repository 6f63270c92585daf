// Discovery: finds the token endpoint and the server's clock, and trusts the answer as little as possible.
import type { ZitadelConfig } from "../../config/zitadel-config.ts";
import { IdentityRefused } from "../../errors.ts";
import { httpFailure, isForeignAnswer, missing, notZitadel } from "./http-failure.ts";
import { httpCall, type HttpOptions } from "./http.ts";

export interface Discovered {
  readonly tokenEndpoint: URL;
  /** The server's clock minus ours in milliseconds, rounded to seconds. */
  readonly skewMs: number;
}

/**
 * The answer decides where the signed assertion is sent, and anyone who gets it can get a token. So the server
 * must call itself ZITADEL_URL, and its token endpoint must be there or at ZITADEL_API_URL.
 * @param isAddressKnown called if the answer looks like a wrong address: an address that worked recently is
 * right, and the server is failing
 * @throws IdentityUnavailable, IdentityRefused or IdentityRateLimited
 */
export async function discover(
  config: Pick<ZitadelConfig, "issuer" | "apiUrl"> & HttpOptions,
  isAddressKnown: () => Promise<boolean>,
): Promise<Discovered> {
  const { issuer, apiUrl } = config;
  const url = new URL("/.well-known/openid-configuration", issuer);
  const answer = await httpCall(url, config);
  const failed = httpFailure(answer, "discovery", url);
  if (failed !== null) {
    throw isForeignAnswer(answer) && (await isAddressKnown())
      ? missing("discovery", url, answer)
      : failed;
  }
  if (answer.json === null) {
    if (await isAddressKnown()) throw missing("discovery", url, answer);
    throw new IdentityRefused(
      `Discovery at ${url.href} ${notZitadel(answer)}. Check that ZITADEL_URL is Zitadel's address, and what \`curl -i ${url.href}\` shows on this host.`,
    );
  }
  const itself = answer.json["issuer"];
  if (itself !== issuer) {
    throw new IdentityRefused(
      `Discovery at ${url.href} calls itself ${quoted(itself)}, not ${issuer}: no credentials are sent. ` +
        "Set ZITADEL_URL to that name; if Zitadel listens elsewhere, set ZITADEL_API_URL to that address.",
    );
  }
  const endpoint = answer.json["token_endpoint"];
  if (typeof endpoint !== "string" || !URL.canParse(endpoint)) {
    throw new IdentityRefused(
      `${url.href} names no token_endpoint. Check that ZITADEL_URL is Zitadel's address.`,
    );
  }
  const tokenEndpoint = new URL(endpoint);
  if (![issuer, new URL(apiUrl).origin].includes(tokenEndpoint.origin)) {
    throw new IdentityRefused(
      `${url.href} names a token_endpoint at ${quoted(tokenEndpoint.origin)}, which is neither ZITADEL_URL nor ZITADEL_API_URL: no credentials are sent. ` +
        "Set ZITADEL_API_URL to that address if it is Zitadel's.",
    );
  }
  return { tokenEndpoint, skewMs: answer.skewMs };
}

function quoted(said: unknown): string {
  return typeof said === "string" ? JSON.stringify(said.slice(0, 200)) : "nothing";
}
