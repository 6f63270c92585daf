// All calls to Zitadel, each with its path and the codec of its messages. Only this file imports
// @zitadel/node.
//
// `@zitadel/node` 3.0.28: its createUserClient is the v2beta service, which lacks CreateUser. The v2
// definition is in this generated file, which also loads six times faster than the whole package.
import type { AuthServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/auth.js";
import type { ManagementServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/management.js";
import { TextQueryMethod } from "@zitadel/node/dist/api/generated/zitadel/object/v2/object.js";
import { Type } from "@zitadel/node/dist/api/generated/zitadel/user/v2/query.js";
import { UserState } from "@zitadel/node/dist/api/generated/zitadel/user/v2/user.js";
import { UserServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import { lengthDelimited } from "./protobuf-fields.ts";

/** Usernames are unique regardless of case. */
export const EQUALS_IGNORE_CASE = TextQueryMethod.TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE;
export const HUMAN = Type.TYPE_HUMAN;
export const USER_STATE = {
  inactive: UserState.USER_STATE_INACTIVE,
  locked: UserState.USER_STATE_LOCKED,
};

type Methods = Pick<
  typeof UserServiceDefinition.methods,
  "createUser" | "addHumanUser" | "getUserByID" | "listUsers" | "listUserMetadata"
> &
  Pick<typeof ManagementServiceDefinition.methods, "getUserByLoginNameGlobal" | "getMyOrg"> &
  Pick<typeof AuthServiceDefinition.methods, "listMyZitadelPermissions">;

export type MethodName = keyof Methods;
export type RequestOf<M extends MethodName> = Parameters<
  Methods[M]["requestType"]["fromPartial"]
>[0];
export type ReplyOf<M extends MethodName> = ReturnType<Methods[M]["responseType"]["decode"]>;

export interface Method<M extends MethodName> {
  readonly path: string;
  readonly encode: (request: RequestOf<M>) => Buffer;
  readonly decode: (bytes: Buffer) => ReplyOf<M>;
}

export async function findMethod<M extends MethodName>(method: M): Promise<Method<M>> {
  const { fullName, methods } = await SERVICES[method]();
  // TypeScript sees a union of the generated methods here; each pairs its own codec with its own types.
  const { name, requestType, responseType } = methods[method] as {
    name: string;
    requestType: {
      fromPartial(value: RequestOf<M>): unknown;
      encode(value: unknown): { finish(): Uint8Array };
    };
    responseType: { decode(bytes: Uint8Array): ReplyOf<M> };
  };
  return {
    path: `/${fullName}/${name}`,
    encode: (request) => Buffer.from(requestType.encode(requestType.fromPartial(request)).finish()),
    decode: (bytes) => responseType.decode(bytes),
  };
}

interface Service {
  readonly fullName: string;
  readonly methods: Readonly<Partial<Record<MethodName, unknown>>>;
}

const users = async (): Promise<Service> => UserServiceDefinition;

/** Takes 130 ms to load, so it is loaded only if one of its methods is called. */
const management = async (): Promise<Service> => {
  const file = await import("@zitadel/node/dist/api/generated/zitadel/management.js");
  return file.ManagementServiceDefinition;
};

/** Takes 10 ms to load. */
const auth = async (): Promise<Service> => {
  const file = await import("@zitadel/node/dist/api/generated/zitadel/auth.js");
  return file.AuthServiceDefinition;
};

/** Called in each run that has work; the file of its service would take too long to load. */
const organization = async (): Promise<Service> => {
  const { Org } = await import("@zitadel/node/dist/api/generated/zitadel/org.js");
  const getMyOrg = {
    name: "GetMyOrg",
    requestType: {
      fromPartial: (request: unknown) => request,
      encode: () => ({ finish: () => new Uint8Array() }),
    },
    responseType: {
      decode: (bytes: Uint8Array) => {
        const [org] = lengthDelimited(bytes, 1);
        return { org: org && Org.decode(org) };
      },
    },
  };
  return { fullName: "zitadel.management.v1.ManagementService", methods: { getMyOrg } };
};

const SERVICES: Readonly<Record<MethodName, () => Promise<Service>>> = {
  createUser: users,
  addHumanUser: users,
  getUserByID: users,
  listUsers: users,
  listUserMetadata: users,
  getUserByLoginNameGlobal: management,
  getMyOrg: organization,
  listMyZitadelPermissions: auth,
};
