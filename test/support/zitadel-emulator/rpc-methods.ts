// The RPCs of the user service: how their messages are decoded, authorized, handled and encoded.
import { UserServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import { addHumanUser } from "./add-human-user.ts";
import type { RpcName } from "./call-log.ts";
import type { CallContext, RequestedOrg } from "./call-context.ts";
import { createUser } from "./create-user.ts";
import type { EmulatorSettings } from "./settings.ts";
import { getUserById } from "./get-user-by-id.ts";
import { listUserMetadata } from "./list-user-metadata.ts";
import { listUsers } from "./list-users.ts";
import { requirePermission } from "./permissions.ts";
import { readRootMetadata } from "./root-metadata.ts";
import { olderServices } from "./rpc-methods-v1.ts";
import { trimSpace } from "./text-space.ts";

/** One decoded request, ready to be served. */
export interface RpcRequest {
  readonly userId: string;
  readonly username: string;
  readonly requestedOrg?: RequestedOrg | undefined;
  /** What the interceptor checks before the quota and the validation. */
  authorize?(context: CallContext): void;
  handle(context: CallContext): Promise<Uint8Array> | Uint8Array;
}

type Decode = (body: Uint8Array, settings: EmulatorSettings) => RpcRequest;

const { methods } = UserServiceDefinition;

export type Decoders = Readonly<Record<RpcName, Decode>>;

const decoders: Decoders = {
  ...olderServices,
  CreateUser: (body, { features }) => {
    const request = methods.createUser.requestType.decode(body);
    const rootMetadata = features.rootMetadata ? readRootMetadata(body) : [];
    return {
      userId: request.userId ?? "",
      username: trimSpace(request.username || request.human?.email?.email || ""),
      handle: async (context) =>
        methods.createUser.responseType
          .encode(await createUser(context, request, rootMetadata))
          .finish(),
    };
  },
  AddHumanUser: (body) => {
    const request = methods.addHumanUser.requestType.decode(body);
    return {
      userId: request.userId ?? "",
      username: trimSpace(request.username || request.email?.email || ""),
      requestedOrg: request.organization,
      authorize: (context) =>
        requirePermission(context, "user.write", context.contextOrgId, "interceptor"),
      handle: async (context) =>
        methods.addHumanUser.responseType.encode(await addHumanUser(context, request)).finish(),
    };
  },
  GetUserByID: (body) => {
    const request = methods.getUserByID.requestType.decode(body);
    return {
      userId: request.userId,
      username: "",
      handle: (context) =>
        methods.getUserByID.responseType.encode(getUserById(context, request)).finish(),
    };
  },
  ListUsers: (body) => {
    const request = methods.listUsers.requestType.decode(body);
    const ids = request.queries.flatMap((query) => query.inUserIdsQuery?.userIds ?? []);
    const names = request.queries.flatMap((query) => query.userNameQuery?.userName ?? []);
    return {
      userId: ids[0] ?? "",
      username: names[0] ?? "",
      handle: (context) =>
        methods.listUsers.responseType.encode(listUsers(context, request)).finish(),
    };
  },
  ListUserMetadata: (body) => {
    const request = methods.listUserMetadata.requestType.decode(body);
    return {
      userId: request.userId,
      username: "",
      handle: (context) =>
        methods.listUserMetadata.responseType.encode(listUserMetadata(context, request)).finish(),
    };
  },
};

const SERVICES: Readonly<Record<keyof typeof olderServices, string>> = {
  ListMyZitadelPermissions: "zitadel.auth.v1.AuthService",
  GetUserByLoginNameGlobal: "zitadel.management.v1.ManagementService",
  GetMyOrg: "zitadel.management.v1.ManagementService",
};

export function rpcNameOf(path: string): RpcName | null {
  const [, service, name = ""] = path.split("/");
  if (!isRpcName(name)) return null;
  const home = isOlder(name) ? SERVICES[name] : UserServiceDefinition.fullName;
  return service === home ? name : null;
}

/** Throws when the bytes are no such message. */
export function decodeRequest(
  name: RpcName,
  body: Uint8Array,
  settings: EmulatorSettings,
): RpcRequest {
  return decoders[name](body, settings);
}

function isOlder(name: RpcName): name is keyof typeof SERVICES {
  return Object.hasOwn(SERVICES, name);
}

function isRpcName(name: string): name is RpcName {
  return Object.hasOwn(decoders, name);
}
