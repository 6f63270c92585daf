// Creates accounts in Zitadel, and asks for the account wherever an answer leaves it unclear.
import { setTimeout as sleep } from "node:timers/promises";
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import { failure, type Failure } from "../domain/failure.ts";
import type { AttemptResult } from "../domain/outcome.ts";
import type { IdentityProvider, NewAccount } from "./identity-provider.ts";
import { blamingNobodyForTokens, judge } from "./zitadel-attempt.ts";
import {
  classify,
  isOperatorsFault,
  isProxyAnswer,
  type RpcFault,
  type Verdict,
} from "./zitadel-failure.ts";
import { findById, findByName } from "./zitadel-lookup.ts";
import { judgeProxyRefusal, probe } from "./zitadel-probe.ts";
import { createAccountRequest } from "./zitadel-request.ts";
import { identityError, openZitadelSession, type ZitadelSession } from "./zitadel-session.ts";
import { createVerifier, SECOND_LOOK_AFTER_MS } from "./zitadel-verify.ts";

/** bcrypt's limit, in bytes. Zitadel answers a longer password with an UNKNOWN that names no cause. */
const BCRYPT_LONGEST = 72;

export function createZitadel(config: ZitadelConfig): IdentityProvider {
  const session = openZitadelSession(config);
  const create = createCaller(session, config);
  const verify = createVerifier(session);

  return {
    connect: () => session.connect(),
    close: () => session.close(),

    probe: async () => {
      const fault = await probe(session);
      if (fault !== null) throw identityError(fault);
    },

    createAccount: (account, lastTry) =>
      blamingNobodyForTokens(async () => {
        const reply = await create(account);
        if ("id" in reply) return { kind: "created", zitadelUserId: reply.id, note: null };
        const verdict = classify(reply.fault);
        // A proxy that did not reach Zitadel: only who will not try again must know for certain.
        const clear = isProxyAnswer(reply.fault) && !lastTry;
        if (isProxyAnswer(reply.fault) && isOperatorsFault(verdict.class)) {
          return judgeProxyRefusal(session, verdict);
        }
        const open = verdict.class === "ambiguous" || verdict.class === "name-or-id";
        if (!open || clear) return judge(verdict, reply.fault.retryAfterMs);
        return settleByAsking(session, account, verdict);
      }),

    adoptAccount: (account) =>
      blamingNobodyForTokens(async () => {
        const seen = await findById(session, account);
        if (seen.kind === "ours") return { kind: "adopted", zitadelUserId: seen.id, note: null };
        if (seen.kind === "blocked") return seen.result;
        if (seen.kind === "unclear" || seen.kind === "hidden") return unasked();
        if (seen.kind === "absent") return { kind: "transient", failure: NEVER_CREATED };
        return { kind: "permanent", failure: failure("id_taken", ID_HELD) };
      }),

    verifyAccount: (account) => verify(account),
  };
}

const NEVER_CREATED = failure(
  "interrupted",
  "The run that worked on this job died; Zitadel has no such account",
);
const ID_HELD = "The job's id belongs to another user in Zitadel";

/** The id is the one we chose, whatever the reply says. CreateUser, or AddHumanUser for the rest of the run where the server is older than v4. */
function createCaller(session: ZitadelSession, config: ZitadelConfig) {
  let legacy = false;
  return async (account: NewAccount): Promise<{ id: string } | { fault: RpcFault }> => {
    const org = session.orgId();
    if (!legacy) {
      const request = createAccountRequest.createUser(account, org, config);
      const reply = await session.call("createUser", request);
      if (reply.ok) return { id: account.id };
      if (classify(reply.fault).class !== "unimplemented") return { fault: reply.fault };
      legacy = true;
    }
    const request = createAccountRequest.addHumanUser(account, org, config);
    const reply = await session.call("addHumanUser", request);
    return reply.ok ? { id: account.id } : { fault: reply.fault };
  };
}

async function settleByAsking(
  session: ZitadelSession,
  account: NewAccount,
  verdict: Verdict,
): Promise<AttemptResult> {
  const { failure: why } = verdict;
  let seen = await findById(session, account);
  if (seen.kind === "absent" && why.code === "id_taken") {
    await sleep(SECOND_LOOK_AFTER_MS);
    seen = await findById(session, account);
  }
  if (seen.kind === "absent" && verdict.class === "name-or-id") {
    const named = await findByName(session, account);
    // Who may not list users learns nothing of the name.
    if (named.kind === "blocked" || named.kind === "hidden") {
      return { kind: "transient", failure: why };
    }
    seen = named;
  }
  switch (seen.kind) {
    case "ours":
      return { kind: "adopted", zitadelUserId: seen.id, note: null };
    case "id-held":
      return permanent(why, "id_taken", ID_HELD);
    case "name-held":
      return permanent(why, "username_taken", "The username belongs to another user in Zitadel");
    case "hidden":
      // Zitadel has let us create in our own organization, so the user is in another one.
      return why.code === "id_taken" ? permanent(why, "id_taken", ID_HELD) : seen.result;
    case "blocked":
      return seen.result;
    case "absent":
    case "unclear":
      if (seen.kind === "absent" && isTooLongForBcrypt(account, why)) {
        const message = `The password is longer than ${BCRYPT_LONGEST} bytes, which Zitadel's bcrypt cannot hash`;
        return permanent(why, "invalid_argument", message);
      }
      return { kind: "transient", failure: why };
    default:
      return seen satisfies never;
  }
}

function permanent(why: Failure, code: Failure["code"], message: string): AttemptResult {
  return { kind: "permanent", failure: { ...why, code, message } };
}

function isTooLongForBcrypt({ password }: NewAccount, why: Failure): boolean {
  const bytes = Buffer.byteLength(password.value.reveal());
  return why.code === "unknown" && password.kind === "password" && bytes > BCRYPT_LONGEST;
}

function unasked(): AttemptResult {
  const why = failure("unavailable", "Zitadel could not be asked whether the account exists");
  return { kind: "blameless", failure: why, retryAfterMs: null, stop: null };
}
