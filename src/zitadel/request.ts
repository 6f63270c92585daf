// What is sent to create an account, for the current call and for servers older than v4.
import type { ZitadelConfig } from "../config/zitadel-config.ts";
import { splitFullName } from "../domain/job.ts";
import type { NewAccount } from "./identity-provider.ts";
import { metadataOf } from "./metadata.ts";
import type { RequestOf } from "./methods.ts";

type EmailConfig = Pick<ZitadelConfig, "syntheticEmailDomain">;

export const createAccountRequest = {
  createUser: (
    account: NewAccount,
    orgId: string,
    config: EmailConfig,
  ): RequestOf<"createUser"> => ({
    organizationId: orgId,
    userId: account.id,
    username: account.username,
    human: { ...person(account, config), metadata: metadataOf(account) },
  }),

  addHumanUser: (
    account: NewAccount,
    orgId: string,
    config: EmailConfig,
  ): RequestOf<"addHumanUser"> => ({
    organization: { orgId },
    userId: account.id,
    username: account.username,
    ...person(account, config),
    metadata: metadataOf(account),
  }),
};

function person(account: NewAccount, config: EmailConfig) {
  return {
    profile: splitFullName(account.fullName),
    // There is no mailbox: without `isVerified`, Zitadel would send a mail there.
    email: { email: `${account.username}@${config.syntheticEmailDomain}`, isVerified: true },
    ...credential(account),
  };
}

/** If another person typed the password, its owner must change it; a hash is the owner's own password. */
function credential({ password }: NewAccount) {
  return password.kind === "hash"
    ? { hashedPassword: { hash: password.value.reveal(), changeRequired: false } }
    : { password: { password: password.value.reveal(), changeRequired: true } };
}
