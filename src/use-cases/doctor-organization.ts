// Checks of the organization of the new users: is it there, may the service account read and create there.
import { fail, ok, skip, warn, type Check } from "./doctor-check.ts";
import { splitAdvice } from "./doctor-words.ts";
import { OF_ZITADEL } from "./doctor-zitadel.ts";

const MANAGER =
  "give the service account ORG_USER_MANAGER in that organization, in Zitadel's console";

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
