// The four RPCs that are served: how their messages are decoded, authorized, handled and encoded.
import { UserServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import { addHumanUser } from "./add-human-user.ts";
import type { CallContext, RequestedOrg } from "./call-context.ts";
import { createUser } from "./create-user.ts";
import type { EmulatorSettings } from "./settings.ts";
import { getUserById } from "./get-user-by-id.ts";
import { listUsers } from "./list-users.ts";
import { requirePermission } from "./permissions.ts";
import { readRootMetadata } from "./root-metadata.ts";

export type RpcName = "CreateUser" | "AddHumanUser" | "GetUserByID" | "ListUsers";

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

const decoders: Record<RpcName, Decode> = {
  CreateUser: (body, { features }) => {
    const request = methods.createUser.requestType.decode(body);
    const rootMetadata = features.rootMetadata ? readRootMetadata(body) : [];
    return {
      userId: request.userId ?? "",
      username: (request.username || request.human?.email?.email || "").trim(),
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
      username: (request.username || request.email?.email || "").trim(),
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
};

const PREFIX = "/zitadel.user.v2.UserService/";

export function rpcNameOf(path: string): RpcName | null {
  if (!path.startsWith(PREFIX)) return null;
  const name = path.slice(PREFIX.length);
  return isRpcName(name) ? name : null;
}

/** Throws when the bytes are no such message. */
export function decodeRequest(
  name: RpcName,
  body: Uint8Array,
  settings: EmulatorSettings,
): RpcRequest {
  return decoders[name](body, settings);
}

function isRpcName(name: string): name is RpcName {
  return Object.hasOwn(decoders, name);
}
