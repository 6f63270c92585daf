// AddHumanUser: the older creation call, in the organization of the request context.
import type {
  AddHumanUserRequest,
  AddHumanUserResponse,
} from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import type { CallContext } from "./call-context.ts";
import { createHuman } from "./human-creation.ts";
import { humanInput } from "./human-input.ts";
import { requireValidAddHumanUser } from "./request-validation.ts";
import { detailsOf } from "./user-view.ts";

export async function addHumanUser(
  context: CallContext,
  request: AddHumanUserRequest,
): Promise<AddHumanUserResponse> {
  requireValidAddHumanUser(request);
  const { user, emailCode, phoneCode } = await createHuman(
    context,
    humanInput(request, {
      createdBy: "AddHumanUser",
      orgId: context.contextOrgId,
      userId: request.userId,
      username: request.username,
    }),
  );
  return { userId: user.userId, details: detailsOf(user), emailCode, phoneCode };
}
