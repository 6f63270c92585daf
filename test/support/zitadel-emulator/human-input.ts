// Brings both creation requests to one form: trimmed and defaulted as the server does it.
import type {
  AddHumanUserRequest,
  CreateUserRequest_Human,
} from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import { generateId } from "./generated-id.ts";
import { trimSpace } from "./text-space.ts";
import type { CreatedBy } from "./user-record.ts";

type Fields = CreateUserRequest_Human | AddHumanUserRequest;

export interface HumanInput {
  readonly createdBy: CreatedBy;
  readonly orgId: string;
  readonly userId: string;
  readonly username: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
  /** Of the three ways on the wire the one with the highest field number wins. */
  readonly emailMode: "verified" | "unverified" | "return-code" | "send-code";
  readonly phone: string | null;
  readonly returnsPhoneCode: boolean;
  /** A hash wins over a plain password. */
  readonly password: string | null;
  readonly passwordHash: string | null;
  readonly changeRequired: boolean;
  readonly metadata: readonly { readonly key: string; readonly value: Buffer }[];
  readonly hasIdpLinks: boolean;
  readonly fields: Fields;
}

export function humanInput(
  fields: Fields,
  outer: {
    readonly createdBy: CreatedBy;
    readonly orgId: string;
    readonly userId: string | undefined;
    readonly username: string | undefined;
  },
): HumanInput {
  const email = fields.email?.email ?? "";
  const secret = fields.hashedPassword ?? fields.password;
  return {
    createdBy: outer.createdBy,
    orgId: outer.orgId,
    userId: outer.userId || generateId(),
    username: trimSpace(outer.username || email),
    givenName: trimSpace(fields.profile?.givenName ?? ""),
    familyName: trimSpace(fields.profile?.familyName ?? ""),
    email,
    emailMode: emailMode(fields),
    phone: fields.phone?.phone || null,
    returnsPhoneCode: fields.phone?.returnCode !== undefined,
    password: fields.hashedPassword ? null : (fields.password?.password ?? null),
    passwordHash: fields.hashedPassword?.hash ?? null,
    changeRequired: secret?.changeRequired ?? false,
    metadata: fields.metadata,
    hasIdpLinks: fields.idpLinks.length > 0,
    fields,
  };
}

function emailMode({ email }: Fields): HumanInput["emailMode"] {
  if (email?.isVerified !== undefined) return email.isVerified ? "verified" : "unverified";
  return email?.returnCode ? "return-code" : "send-code";
}
