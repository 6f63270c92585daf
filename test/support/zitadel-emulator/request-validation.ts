// Validates the shape of both creation requests before any command runs (protoc-gen-validate).
import type {
  AddHumanUserRequest,
  CreateUserRequest,
  CreateUserRequest_Human,
} from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import { invalidArgument } from "./api-error.ts";
import { validateEmailFormat } from "./email-address.ts";
import {
  embedded,
  lengthBetween,
  optionalLength,
  required,
  type Violation,
} from "./field-rules.ts";

export function requireValidCreateUser(request: CreateUserRequest): void {
  const name = "CreateUserRequest";
  reject(
    lengthBetween(name, "OrganizationId", request.organizationId, 1, 200) ??
      optionalLength(name, "UserId", request.userId, 1, 200) ??
      optionalLength(name, "Username", request.username, 1, 200) ??
      required(name, "UserType", request.human ?? request.machine) ??
      (request.human
        ? embedded(name, "Human", human("CreateUserRequest_Human", request.human))
        : null) ??
      (request.machine
        ? embedded(
            name,
            "Machine",
            lengthBetween("CreateUserRequest_Machine", "Name", request.machine.name, 1, 200),
          )
        : null),
  );
}

export function requireValidAddHumanUser(request: AddHumanUserRequest): void {
  const name = "AddHumanUserRequest";
  reject(
    optionalLength(name, "UserId", request.userId, 1, 200) ??
      optionalLength(name, "Username", request.username, 1, 200) ??
      human(name, request) ??
      firstViolation(request.metadata, (entry, index) =>
        embedded(
          name,
          `Metadata[${index}]`,
          lengthBetween("SetMetadataEntry", "Key", entry.key, 1, 200) ??
            (entry.value.length < 1 || entry.value.length > 500_000
              ? "invalid SetMetadataEntry.Value: value length must be between 1 and 500000 bytes, inclusive"
              : null),
        ),
      ),
  );
}

type HumanFields = Omit<CreateUserRequest_Human, "metadata">;

function human(name: string, fields: HumanFields): Violation {
  return (
    required(name, "Profile", fields.profile) ??
    embedded(name, "Profile", profile(fields.profile)) ??
    required(name, "Email", fields.email) ??
    embedded(name, "Email", email(fields.email?.email ?? "")) ??
    embedded(
      name,
      "Phone",
      optionalLength("SetHumanPhone", "Phone", fields.phone?.phone, 0, 200),
    ) ??
    embedded(
      name,
      "Password",
      optionalLength("Password", "Password", fields.password?.password, 1, 200),
    ) ??
    embedded(
      name,
      "HashedPassword",
      optionalLength("HashedPassword", "Hash", fields.hashedPassword?.hash, 1, 200),
    ) ??
    optionalLength(name, "TotpSecret", fields.totpSecret, 1, 200) ??
    firstViolation(fields.idpLinks, (link, index) =>
      embedded(
        name,
        `IdpLinks[${index}]`,
        lengthBetween("IDPLink", "IdpId", link.idpId, 1, 200) ??
          lengthBetween("IDPLink", "UserId", link.userId, 1, 200) ??
          lengthBetween("IDPLink", "UserName", link.userName, 1, 200),
      ),
    )
  );
}

function profile(fields: HumanFields["profile"]): Violation {
  const name = "SetHumanProfile";
  return (
    lengthBetween(name, "GivenName", fields?.givenName ?? "", 1, 200) ??
    lengthBetween(name, "FamilyName", fields?.familyName ?? "", 1, 200) ??
    optionalLength(name, "NickName", fields?.nickName, 0, 200) ??
    optionalLength(name, "DisplayName", fields?.displayName, 0, 200) ??
    optionalLength(name, "PreferredLanguage", fields?.preferredLanguage, 0, 10)
  );
}

function email(address: string): Violation {
  const length = lengthBetween("SetHumanEmail", "Email", address, 1, 200);
  if (length) return length;
  const cause = validateEmailFormat(address);
  return cause === null
    ? null
    : `invalid SetHumanEmail.Email: value must be a valid email address | caused by: ${cause}`;
}

function firstViolation<T>(
  items: readonly T[],
  check: (item: T, index: number) => Violation,
): Violation {
  for (const [index, item] of items.entries()) {
    const violation = check(item, index);
    if (violation) return violation;
  }
  return null;
}

function reject(violation: Violation): void {
  if (violation) throw invalidArgument(null, violation);
}
