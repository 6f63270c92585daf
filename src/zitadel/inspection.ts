// Checks Zitadel step by step as a run would use it, and creates nothing.
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import type { Grants, IdentityInspection } from "./identity-inspection.ts";
import { inspectCertificate } from "./login/certificate.ts";
import { discover } from "./login/discovery.ts";
import { classify } from "./failure.ts";
import { createMemory, type Recall } from "./memory.ts";
import { organizationState } from "./organization.ts";
import { probe } from "./probe.ts";
import { identityError, openZitadelSession, type ZitadelSession } from "./session.ts";

export function inspectZitadel(config: ZitadelConfig, recall: Recall): IdentityInspection {
  const memory = createMemory(config, recall);
  const session = openZitadelSession(config, memory);
  const { extraCa, timeoutMs } = config;
  let asked: Promise<Grants | null> | null = null;

  return {
    discover: () => discover(config, () => memory.isAddressKnown()),
    certificates: () => {
      const { issuer, apiUrl } = config;
      const places = new Map([
        [issuer, config.proxy],
        [apiUrl, config.apiProxy],
      ]);
      const secure = [...places].filter(([origin]) => origin.startsWith("https:"));
      return Promise.all(
        secure.map(([origin, proxy]) => inspectCertificate(origin, extraCa, timeoutMs, proxy)),
      );
    },
    logIn: () => session.logIn(),
    organization: async () => {
      await session.connect();
      const fault = await probe(session);
      if (fault !== null) throw identityError(fault);
      return { id: session.orgId(), state: await organizationState(session) };
    },
    grants: () => (asked ??= askForGrants(session)),
    close: () => session.close(),
  };
}

/**
 * Asks for the permissions themselves. A test creation of an existing user would prove nothing: with the
 * service account's own ID every account passes the permission check, because everyone may manage themselves.
 */
async function askForGrants(session: ZitadelSession): Promise<Grants | null> {
  const reply = await session.call("listMyZitadelPermissions", {});
  if (!reply.ok) {
    if (classify(reply.fault).class === "unimplemented") return null;
    throw identityError(reply.fault);
  }
  const { result } = reply.value;
  return {
    any: result.length > 0,
    createUsers: result.includes("user.write"),
    readUsers: result.includes("user.read"),
    findUsernames: result.includes("user.global.read"),
  };
}
