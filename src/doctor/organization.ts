// Checks of the organization of the new users: does it exist, is it active, may the service account use it.
import { fail, ok, skip, warn, type Check, type Finding } from "./check.ts";
import { OF_ZITADEL } from "./zitadel.ts";

const MANAGER =
  "give the service account ORG_USER_MANAGER in that organization, in Zitadel's console";

export const ORGANIZATION: Check = {
  name: "organization",
  ...OF_ZITADEL,
  remedy: MANAGER,
  needs: ["token"],
  look: async (context) => {
    const { orgId, apiUrl } = context.setting("zitadel");
    const { id, state } = await (await context.zitadel()).organization();
    const found = `${id}${orgId === null ? ", the service account's own" : ""}`;
    switch (state) {
      case "active":
        return ok(`${found}; gRPC at ${apiUrl}`);
      case "untold":
        return ok(`${found}, whose state the service account may not read; gRPC at ${apiUrl}`);
      case "inactive":
        return warn(
          `${found}, is inactive: none of its users can sign in, so runs create no accounts in it`,
          "activate it in Zitadel's console, or set ZITADEL_ORG_ID to another one",
        );
      case "removed":
        return warn(
          `${found}, was removed: none of its users could sign in, so runs create no accounts in it`,
          "set ZITADEL_ORG_ID to the organization of the new users",
        );
      default:
        return state satisfies never;
    }
  },
};

export const READ_USERS: Check = {
  name: "read users",
  ...OF_ZITADEL,
  needs: ["organization"],
  look: async (context) => {
    const grants = await (await context.zitadel()).grants();
    if (grants === null) return NOT_CHECKED;
    if (!grants.readUsers) {
      return fail(
        "not allowed (user.read): an account whose answer was lost cannot be found again",
        MANAGER,
      );
    }
    if (grants.findUsernames) return ok("allowed");
    return warn(
      "allowed, but not to find usernames in other organizations (user.global.read): " +
        "a job whose username is taken there is retried for hours before it fails",
      MANAGER,
    );
  },
};

export const CREATE_USERS: Check = {
  name: "create users",
  ...OF_ZITADEL,
  needs: ["organization"],
  look: async (context) => {
    const grants = await (await context.zitadel()).grants();
    if (grants === null) return NOT_CHECKED;
    if (grants.createUsers) return ok("allowed; checked without creating any");
    if (grants.any) return fail("not allowed: its role there lacks user.write", MANAGER);
    return fail(
      "not allowed: the service account has no role in that organization",
      `${MANAGER}, or set ZITADEL_ORG_ID to the organization where it has that role`,
    );
  },
};

const NOT_CHECKED: Finding = skip(
  "this server does not list permissions; a missing one shows as exit code 77 of retry-accounts, " +
    "and no job loses a retry",
);
