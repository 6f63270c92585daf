// Checks of the connection to Zitadel, in the order of a run: discovery, certificate, login.
import { X509Certificate } from "node:crypto";
import { span } from "../domain/when.ts";
import { ok, warn, type Check, type Finding } from "./check.ts";

export const OF_ZITADEL = {
  group: "Zitadel",
  settings: ["zitadel"],
  remedy: "check Zitadel's log",
} as const;
/** Reports nothing if no proxy is set. */
export const EGRESS_PROXY: Check = {
  name: "egress proxy",
  ...OF_ZITADEL,
  look: (context) => {
    const { issuer, proxy, apiUrl, apiProxy } = context.setting("zitadel");
    const places = new Map([
      [issuer, proxy],
      [apiUrl, apiProxy],
    ]);
    if (proxy === null && apiProxy === null) return Promise.resolve([]);
    return Promise.resolve(
      [...places].map(([url, through]) => {
        if (through === null) return ok(`${url}: reached directly`);
        return ok(`${url}: through ${through.origin} (${through.setting})`);
      }),
    );
  },
};

export const DISCOVERY: Check = {
  name: "discovery",
  ...OF_ZITADEL,
  look: async (context) => {
    const { issuer } = context.setting("zitadel");
    const { skewMs } = await (await context.zitadel()).discover();
    const skewed = Math.abs(skewMs) > context.limits.clockSkew;
    const apart = `${Math.round(Math.abs(skewMs) / 1000)} s`;
    const clock = `its clock is ${apart} ${skewMs > 0 ? "ahead" : "behind"}, which logins tolerate`;
    return ok(`${issuer}${skewed ? `; ${clock}` : ""}`);
  },
};

export const CERTIFICATE: Check = {
  name: "certificate",
  ...OF_ZITADEL,
  look: async (context) => {
    const { extraCa } = context.setting("zitadel");
    const left = context.limits.certificateLeft;
    const now = context.now();
    const views = await (await context.zitadel()).certificates();
    const soon = (at: Date) => at.getTime() - now.getTime() < left;
    const findings: Finding[] = views.map(({ host, validTo }) => {
      const until = `${host} is trusted until ${validTo.toISOString()}`;
      return soon(validTo) ? warn(until, `renew the certificate of ${host}`) : ok(until);
    });
    if (views.length === 0) findings.push(ok("none: plain http"));
    if (extraCa === null) return findings;
    if (!views.some(({ needsExtraCa }) => needsExtraCa)) {
      findings.push(warn("ZITADEL_CA_FILE is not needed for it", "unset ZITADEL_CA_FILE"));
    }
    const expiry = firstExpiry(extraCa);
    if (soon(expiry)) {
      const when = expiry < now ? "expired" : "expires";
      findings.push(
        warn(
          `a CA of ZITADEL_CA_FILE ${when} on ${expiry.toISOString()}`,
          "add its new certificate to the file",
        ),
      );
    }
    return findings;
  },
};

function firstExpiry(pem: string): Date {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  const ends = blocks.map((block) => Date.parse(new X509Certificate(block).validTo));
  return new Date(Math.min(...ends));
}

export const TOKEN: Check = {
  name: "token",
  ...OF_ZITADEL,
  needs: ["discovery", "certificate"],
  look: async (context) => {
    const { credentials } = context.setting("zitadel");
    await (await context.zitadel()).logIn();
    if (credentials.kind === "token") return ok("a personal access token, checked below");
    const { expiresAt, keyId } = credentials;
    const now = context.now().getTime();
    const leftMs = (expiresAt?.getTime() ?? Infinity) - now;
    if (expiresAt === null || leftMs > context.limits.certificateLeft) {
      return ok(`obtained with key ${keyId}`);
    }
    return warn(
      `obtained with key ${keyId}, which expires in ${span(leftMs)}, on ${expiresAt.toISOString()}`,
      "create a new key for the service account in Zitadel's console, and replace the runs' key with it",
    );
  },
};
