// CreateUser: humans and machines, in the organization that the request names.
import type {
  CreateUserRequest,
  CreateUserResponse,
} from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import { invalidArgument } from "./api-error.ts";
import type { CallContext } from "./call-context.ts";
import { generateId } from "./generated-id.ts";
import { createHuman, requireCommit, requireCreatable } from "./human-creation.ts";
import { humanInput } from "./human-input.ts";
import { requireValidCreateUser } from "./request-validation.ts";
import type { RootMetadata } from "./root-metadata.ts";
import { trimSpace } from "./text-space.ts";
import { NO_FACTS } from "./user-record.ts";

export async function createUser(
  context: CallContext,
  request: CreateUserRequest,
  rootMetadata: RootMetadata,
): Promise<CreateUserResponse> {
  requireValidCreateUser(request);
  if (request.machine) return createMachine(context, request, request.machine.name);
  if (!request.human) throw new Error("validation lets no request without a user type through");

  const { human } = request;
  if (rootMetadata.length > 0 && human.metadata.length > 0) {
    throw invalidArgument("USERv2-j0z7uy", "Errors.User.Metadata.Conflicting");
  }
  const created = await createHuman(
    context,
    humanInput(rootMetadata.length > 0 ? { ...human, metadata: [...rootMetadata] } : human, {
      createdBy: "CreateUser",
      orgId: request.organizationId,
      userId: request.userId,
      username: request.username,
    }),
  );
  return {
    id: created.user.userId,
    creationDate: new Date(created.user.createdAtMs),
    emailCode: created.emailCode,
    phoneCode: created.phoneCode,
  };
}

function createMachine(
  context: CallContext,
  request: CreateUserRequest,
  name: string,
): CreateUserResponse {
  const { state, run } = context;
  const userId = request.userId || generateId();
  const username = trimSpace(request.username || userId);
  requireCreatable(context, { orgId: request.organizationId, userId });
  requireCommit(context);
  const user = run.directory.create(
    {
      ...NO_FACTS,
      type: "machine",
      userId,
      orgId: request.organizationId,
      username,
      displayName: name,
      createdBy: "CreateUser",
    },
    state.now(),
  );
  return { id: userId, creationDate: new Date(user.createdAtMs) };
}
