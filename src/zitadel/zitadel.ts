// Creates accounts in Zitadel, and asks for the account when an answer leaves its existence unclear.
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import { failure } from "../domain/failure.ts";
import type { AttemptResult } from "../domain/outcome.ts";
import type { IdentityProvider, NewAccount } from "./identity-provider.ts";
import { withoutBlameForTokens, judge } from "./attempt.ts";
import {
  classify,
  isProxyAnswer,
  isProxyRefusal,
  isUnimplemented,
  type RpcFault,
} from "./failure.ts";
import { findByIdForCertain, confirmAbsence } from "./lookup.ts";
import { createMemory, type Recall } from "./memory.ts";
import { requireUsableOrganization } from "./organization.ts";
import { judgeProxyRefusal, probe } from "./probe.ts";
import { createAccountRequest } from "./request.ts";
import { identityError, openZitadelSession, type ZitadelSession } from "./session.ts";
import { adopted, idHeld, settleByAsking } from "./settle-refusal.ts";
import { createVerifier } from "./verify.ts";
import { NO_TRACES, type Tracer } from "../tracing.ts";

export function createZitadel(
  config: ZitadelConfig,
  recall: Recall,
  tracer: Tracer = NO_TRACES,
): IdentityProvider {
  const session = openZitadelSession(config, createMemory(config, recall), tracer);
  const create = createCaller(session, config);
  const verify = createVerifier(session);

  return {
    connect: () => session.connect(),
    hasAnswered: () => session.hasAnswered(),
    checkOrganization: () => requireUsableOrganization(session),
    close: () => session.close(),

    probe: async () => {
      const fault = await probe(session);
      if (fault !== null) throw identityError(fault);
    },

    createAccount: (account, lastTry) =>
      withoutBlameForTokens(async () => {
        const reply = await create(account);
        if ("id" in reply) return { kind: "created", zitadelUserId: reply.id, note: null };
        const verdict = classify(reply.fault);
        // A proxy that did not reach Zitadel: only on the last try must the result be certain.
        const clear = isProxyAnswer(reply.fault) && !lastTry;
        if (isProxyRefusal(reply.fault)) {
          return judgeProxyRefusal(session, verdict);
        }
        const open = ["ambiguous", "id-exists", "name-or-id"].includes(verdict.class);
        if (!open || clear) return judge(verdict, reply.fault.retryAfterMs);
        return settleByAsking(session, account, verdict, lastTry);
      }),

    adoptAccount: (account) =>
      withoutBlameForTokens(async () => {
        const seen = await confirmAbsence(() => findByIdForCertain(session, account));
        switch (seen.kind) {
          case "ours":
            return adopted(seen);
          case "id-held":
            return { kind: "permanent", failure: failure("id_taken", idHeld(seen.difference)) };
          case "absent":
            return { kind: "transient", failure: NEVER_CREATED };
          case "blocked":
            return seen.result;
          case "unclear":
            return seen.result.kind === "blameless" ? seen.result : unasked();
          case "hidden":
          case "name-held":
            return unasked();
          default:
            return seen satisfies never;
        }
      }),

    verifyAccount: verify,
  };
}

const NEVER_CREATED = failure(
  "interrupted",
  "The run that worked on this job died; Zitadel has no such account",
);

/**
 * CreateUser, or AddHumanUser for the rest of the run if the server is older than v4. Such a server answers
 * in gRPC, so HTTP 404 is a proxy's. The user ID is the one we chose, whatever the reply contains.
 */
function createCaller(session: ZitadelSession, config: ZitadelConfig) {
  let legacy = false;
  return async (account: NewAccount): Promise<{ id: string } | { fault: RpcFault }> => {
    const org = session.orgId();
    if (!legacy) {
      const request = createAccountRequest.createUser(account, org, config);
      const reply = await session.call("createUser", request);
      if (reply.ok) return { id: account.id };
      if (!isUnimplemented(reply.fault) || isProxyAnswer(reply.fault))
        return { fault: reply.fault };
      legacy = true;
    }
    const request = createAccountRequest.addHumanUser(account, org, config);
    const reply = await session.call("addHumanUser", request);
    return reply.ok ? { id: account.id } : { fault: reply.fault };
  };
}

function unasked(): AttemptResult {
  const why = failure("unavailable", "Zitadel could not be asked whether the account exists");
  return { kind: "blameless", failure: why, retryAfterMs: null, stop: null };
}
