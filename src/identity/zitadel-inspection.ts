// Looks at Zitadel step by step as a run would use it, and creates nothing.
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import type { CreatePermission, IdentityInspection } from "./identity-inspection.ts";
import type { NewAccount } from "./identity-provider.ts";
import { IdentityRefused } from "../errors.ts";
import { Secret } from "../secret.ts";
import { inspectCertificate } from "./zitadel-certificate.ts";
import { classify, isOperatorsFault, type RpcFault } from "./zitadel-failure.ts";
import { httpCall } from "./zitadel-http.ts";
import { createAccountRequest } from "./zitadel-request.ts";
import { identityError, openZitadelSession, type ZitadelSession } from "./zitadel-session.ts";

/** No job has this id, so the question never meets a person. */
const NOBODY = "00000000-0000-0000-0000-000000000000";

export function inspectZitadel(config: ZitadelConfig): IdentityInspection {
  const session = openZitadelSession(config);
  const { credentials, extraCa, timeoutMs } = config;
  let asked: Promise<CreatePermission> | null = null;
  const ownId = credentials.kind === "key" ? credentials.userId : null;

  return {
    discover: async () => {
      const url = new URL("/.well-known/openid-configuration", config.issuer);
      const { status, json, skewMs } = await httpCall(url, config);
      if (status !== 200) {
        throw new IdentityRefused(
          `${url.href} answers HTTP ${status}. Check that ZITADEL_URL is the instance's own domain.`,
        );
      }
      const issuer = json?.["issuer"];
      return { issuer: typeof issuer === "string" ? issuer : null, skewMs };
    },
    certificates: () => {
      const origins = [...new Set([config.issuer, config.apiUrl])];
      const secure = origins.filter((origin) => origin.startsWith("https:"));
      return Promise.all(secure.map((origin) => inspectCertificate(origin, extraCa, timeoutMs)));
    },
    logIn: () => session.logIn(),
    organization: async () => {
      await session.connect();
      const reply = await session.call("getUserByID", { userId: NOBODY });
      if (!reply.ok && reply.fault.errorId !== "QUERY-Dfbg2") throw identityError(reply.fault);
      return session.orgId();
    },
    seesUsers: async () => {
      const reply = await session.call("listUsers", {
        // Its own entry is always shown, so that a second one is the proof.
        query: { limit: 2 },
        queries: [{ organizationIdQuery: { organizationId: session.orgId() } }],
      });
      if (!reply.ok) throw identityError(reply.fault);
      return reply.value.result.some(({ userId }) => userId !== ownId);
    },
    mayCreate: () => {
      asked ??= ownId === null ? untold(WITH_TOKEN) : askToCreate(session, ownId, config);
      return asked;
    },
    close: () => session.close(),
  };
}

/** A personal access token does not say whose it is, and no other id is certain to exist. */
const WITH_TOKEN = "with ZITADEL_TOKEN, which does not tell its own user id";

async function untold(why: string): Promise<CreatePermission> {
  return { kind: "untold", why };
}

/**
 * Asks for a user whose id exists already: the service account's own, which must exist, or it could
 * not have logged in. Zitadel looks at the permission first and at the id next, of any organization
 * and kind of user, and refuses before it hashes, writes or mails anything (zitadel: checks of
 * CreateUser, in order). A permission that is there shows as COMMAND-7yiox1isql. AddHumanUser of
 * servers older than v4 asks for the permission even before the command begins. Behind that stands a
 * second refusal: the password, of one character, breaks the policy that Zitadel comes with.
 */
async function askToCreate(
  session: ZitadelSession,
  ownId: string,
  config: ZitadelConfig,
): Promise<CreatePermission> {
  const account: NewAccount = {
    ...{ id: ownId, username: "family-hub-jobs-doctor", fullName: "Nobody Nowhere" },
    ...{ familyId: NOBODY, password: { kind: "password", value: new Secret("x") } },
  };
  const org = session.orgId();
  let reply: { ok: true } | { ok: false; fault: RpcFault } = await session.call(
    "createUser",
    createAccountRequest.createUser(account, org, config),
  );
  if (!reply.ok && classify(reply.fault).class === "unimplemented") {
    const request = createAccountRequest.addHumanUser(account, org, config);
    reply = await session.call("addHumanUser", request);
  }
  if (reply.ok) {
    throw new IdentityRefused(
      `${config.apiUrl} created a user under an id that exists, which no Zitadel does. ` +
        `Check ZITADEL_URL and ZITADEL_API_URL, and delete user ${ownId} there.`,
    );
  }
  if (reply.fault.errorId === "COMMAND-7yiox1isql") return { kind: "granted" };
  const verdict = classify(reply.fault);
  if (isOperatorsFault(verdict.class)) return { kind: "refused", why: verdict.failure.message };
  if (verdict.class === "rate-limited" || verdict.class === "unreached") {
    throw identityError(reply.fault);
  }
  return untold(`Zitadel's answer does not tell: ${verdict.failure.message}`);
}
