// The RPCs of the older services: how their messages are decoded, authorized, handled and encoded.
import { AuthServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/auth.js";
import { ManagementServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/management.js";
import { getMyOrg } from "./get-my-org.ts";
import { getUserByLoginName } from "./get-user-by-login-name.ts";
import { permissionsIn, requirePermission } from "./permissions.ts";
import type { Decoders } from "./rpc-methods.ts";

const { listMyZitadelPermissions } = AuthServiceDefinition.methods;
const { getMyOrg: myOrg, getUserByLoginNameGlobal: byName } = ManagementServiceDefinition.methods;

export const olderServices = {
  ListMyZitadelPermissions: () => ({
    userId: "",
    username: "",
    handle: (context) =>
      listMyZitadelPermissions.responseType
        .encode({ result: [...permissionsIn(context, context.contextOrgId)] })
        .finish(),
  }),
  GetMyOrg: () => ({
    userId: "",
    username: "",
    authorize: (context) =>
      requirePermission(context, "org.read", context.contextOrgId, "interceptor"),
    handle: (context) => myOrg.responseType.encode(getMyOrg(context)).finish(),
  }),
  GetUserByLoginNameGlobal: (body) => {
    const request = byName.requestType.decode(body);
    return {
      userId: "",
      username: request.loginName,
      authorize: (context) =>
        requirePermission(context, "user.global.read", context.contextOrgId, "interceptor"),
      handle: (context) =>
        byName.responseType.encode(getUserByLoginName(context, request)).finish(),
    };
  },
} as const satisfies Partial<Decoders>;
