// Creates a human user: every check in the order of Zitadel's command, then the atomic commit.
import { randomInt } from "node:crypto";
import { ApiError, errors, GrpcCode, invalidArgument, rawFailure } from "./api-error.ts";
import type { CallContext } from "./call-context.ts";
import { normalizePhone, requireSoundHuman } from "./human-checks.ts";
import type { HumanInput } from "./human-input.ts";
import { requireAcceptablePassword } from "./password-policy.ts";
import { requirePermission } from "./permissions.ts";
import type { UserFacts, UserRecord } from "./user-record.ts";

export interface CreatedHuman {
  readonly user: UserRecord;
  readonly emailCode: string | undefined;
  readonly phoneCode: string | undefined;
}

export async function createHuman(context: CallContext, human: HumanInput): Promise<CreatedHuman> {
  const { state, run } = context;
  const { settings } = state;
  requireSoundHuman(human, settings);
  requireCreatable(context, human);
  requireAllowedDomain(context, human);
  if (human.hasIdpLinks) {
    throw new ApiError(GrpcCode.failedPrecondition, "COMMAND-39nf2", "IDP config not existing");
  }
  if (human.password !== null) {
    requireAcceptablePassword(human.password, context.contextOrgId, settings);
    await run.hashing.hash(settings.passwordCostMs);
  }
  requireCommit(context);
  return {
    user: run.directory.create(humanFacts(human), state.now()),
    emailCode: human.emailMode === "return-code" ? code() : undefined,
    phoneCode: human.returnsPhoneCode ? code() : undefined,
  };
}

/**
 * Permission in the target organization, then the organization, then the id. Everybody may manage
 * himself: a request with the caller's own id needs no permission, and meets that id.
 */
export function requireCreatable(
  context: CallContext,
  user: { readonly orgId: string; readonly userId: string },
): void {
  const { state, run } = context;
  if (user.userId !== state.account.userId) {
    requirePermission(context, "user.write", user.orgId, "command");
  }
  const org = run.directory.findOrg(user.orgId);
  if (state.settings.features.orgExistsCheck && (org?.state ?? "removed") === "removed") {
    throw errors.orgNotFound();
  }
  if (run.directory.hasUserId(user.userId)) throw errors.userIdExists();
}

/** The last step before anything is written. */
export function requireCommit({ state, life }: CallContext): void {
  life.requireCommit();
  if (state.settings.database === "read-only") {
    throw rawFailure("ERROR: cannot execute INSERT in a read-only transaction (SQLSTATE 25006)");
  }
}

function requireAllowedDomain({ state }: CallContext, human: HumanInput): void {
  const { perOrgUsernames, verifiedDomains } = state.settings;
  if (perOrgUsernames) return;
  const domain = human.username.split("@").at(-1) ?? "";
  const owner = human.username.includes("@") ? verifiedDomains[domain.toLowerCase()] : undefined;
  if (owner !== undefined && owner !== human.orgId) {
    throw invalidArgument("COMMAND-SFd21", "Domain already reserved and not allowed");
  }
}

function humanFacts(human: HumanInput): UserFacts {
  const profile = human.fields.profile;
  return {
    userId: human.userId,
    orgId: human.orgId,
    type: "human",
    state: "active",
    username: human.username,
    givenName: human.givenName,
    familyName: human.familyName,
    displayName: profile?.displayName?.trim() || `${human.givenName} ${human.familyName}`,
    nickName: profile?.nickName ?? "",
    preferredLanguage: profile?.preferredLanguage || "und",
    gender: profile?.gender ?? 0,
    email: human.email,
    emailVerified: human.emailMode === "verified",
    phone: human.phone === null ? "" : (normalizePhone(human.phone) ?? ""),
    mailWouldHaveBeenSent: human.emailMode === "send-code",
    password: human.password,
    passwordHash: human.passwordHash,
    changeRequired: human.changeRequired,
    metadata: Object.fromEntries(human.metadata.map(({ key, value }) => [key, value.toString()])),
    createdBy: human.createdBy,
  };
}

function code(): string {
  return randomInt(36 ** 5, 36 ** 6)
    .toString(36)
    .toUpperCase();
}
