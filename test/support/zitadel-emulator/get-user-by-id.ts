// GetUserByID: always up to date; absence is reported before a missing permission.
import type {
  GetUserByIDRequest,
  GetUserByIDResponse,
} from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import { errors, invalidArgument } from "./api-error.ts";
import type { CallContext } from "./call-context.ts";
import { lengthBetween } from "./field-rules.ts";
import { requirePermission } from "./permissions.ts";
import { detailsOf, userView } from "./user-view.ts";

export function getUserById(
  context: CallContext,
  request: GetUserByIDRequest,
): GetUserByIDResponse {
  const violation = lengthBetween("GetUserByIDRequest", "UserId", request.userId, 1, 200);
  if (violation) throw invalidArgument(null, violation);
  const user = context.run.directory.findUser(request.userId);
  if (!user) throw errors.userNotFound();
  if (user.userId !== context.state.account.userId) {
    requirePermission(context, "user.read", user.orgId, "command");
  }
  return { details: detailsOf(user), user: userView(context, user) };
}
