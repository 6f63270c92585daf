// Checks of Zitadel, in the steps of a run: found, trusted, logged in, allowed to read and to create.
import { X509Certificate } from "node:crypto";
import { span } from "../domain/when.ts";
import { splitAdvice } from "./doctor-words.ts";
import { fail, ok, skip, warn, type Check, type Finding } from "./doctor-check.ts";

const OF_ZITADEL = {
  group: "Zitadel",
  settings: ["zitadel"],
  remedy: "look into Zitadel's log: the fault is there",
} as const;
const MANAGER =
  "give the service account ORG_USER_MANAGER in that organization, in Zitadel's console";

export const DISCOVERY: Check = {
  name: "discovery",
  ...OF_ZITADEL,
  look: async (patient) => {
    const { issuer } = patient.setting("zitadel");
    const found = await (await patient.zitadel()).discover();
    if (found.issuer !== issuer) {
      return fail(
        `Zitadel calls itself ${JSON.stringify(found.issuer?.slice(0, 200) ?? null)}, ZITADEL_URL ${issuer}`,
        "set ZITADEL_URL to what it calls itself; ZITADEL_API_URL may name another way to it",
      );
    }
    const skewed = Math.abs(found.skewMs) > patient.limits.clockSkew;
    const apart = `${Math.round(Math.abs(found.skewMs) / 1000)} s`;
    const clock = `its clock is ${apart} ${found.skewMs > 0 ? "ahead" : "behind"}, which logins allow for`;
    return ok(`${issuer}${skewed ? `; ${clock}` : ""}`);
  },
};

export const CERTIFICATE: Check = {
  name: "certificate",
  ...OF_ZITADEL,
  look: async (patient) => {
    const { extraCa } = patient.setting("zitadel");
    const left = patient.limits.certificateLeft;
    const now = patient.now();
    const views = await (await patient.zitadel()).certificates();
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
          "put the CA that follows it into the file as well",
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
  look: async (patient) => {
    const { credentials } = patient.setting("zitadel");
    await (await patient.zitadel()).logIn();
    if (credentials.kind === "token") return ok("a personal access token, tried below");
    const { expiresAt, keyId } = credentials;
    const now = patient.now().getTime();
    const leftMs = (expiresAt?.getTime() ?? Infinity) - now;
    if (expiresAt === null || leftMs > patient.limits.certificateLeft) {
      return ok(`got by key ${keyId}`);
    }
    return warn(
      `got by key ${keyId}, which expires in ${span(leftMs)}, on ${expiresAt.toISOString()}`,
      "make a new key for the service account in Zitadel's console, and put it where the runs find it",
    );
  },
};

export const ORGANIZATION: Check = {
  name: "organization",
  ...OF_ZITADEL,
  remedy: MANAGER,
  needs: ["token"],
  look: async (patient) => {
    const { orgId, apiUrl } = patient.setting("zitadel");
    const id = await (await patient.zitadel()).organization();
    return ok(`${id}${orgId === null ? ", the service account's own" : ""}; gRPC at ${apiUrl}`);
  },
};

export const READ_USERS: Check = {
  name: "read users",
  ...OF_ZITADEL,
  needs: ["organization"],
  look: async (patient) => {
    const zitadel = await patient.zitadel();
    if (await zitadel.seesUsers()) return ok("users of the organization are shown");
    // Zitadel leaves out whom one may not read, and says nothing of it.
    const { kind } = await zitadel.mayCreate();
    if (kind === "granted") return ok("none is there yet; every role that creates them reads them");
    return warn(
      "no user of the organization is shown: there is none, or none may be read",
      MANAGER,
    );
  },
};

export const CREATE_USERS: Check = {
  name: "create users",
  ...OF_ZITADEL,
  needs: ["organization"],
  look: async (patient) => {
    const permission = await (await patient.zitadel()).mayCreate();
    switch (permission.kind) {
      case "granted":
        return ok("allowed; asked without creating any");
      case "refused": {
        const { found, mend } = splitAdvice(permission.why);
        return fail(found, mend ?? MANAGER);
      }
      case "untold":
        return skip(
          `cannot be told without creating an account (${permission.why}); ` +
            "a lack shows as exit code 77 of retry-accounts, and is charged to no job",
        );
      default:
        return permission satisfies never;
    }
  },
};
