// ListUserMetadata: what is stored with a user; empty where the user is unknown or may not be read.
import {
  ListUserMetadataResponse,
  type ListUserMetadataRequest,
} from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import { invalidArgument } from "./api-error.ts";
import type { CallContext } from "./call-context.ts";
import { lengthBetween } from "./field-rules.ts";
import { mayRead } from "./permissions.ts";

export function listUserMetadata(
  context: CallContext,
  { userId }: ListUserMetadataRequest,
): ListUserMetadataResponse {
  const violation = lengthBetween("ListUserMetadataRequest", "UserId", userId, 1, 200);
  if (violation) throw invalidArgument(null, violation);
  const user = context.run.directory.findUser(userId);
  const own = userId === context.state.account.userId;
  const entries = user && (own || mayRead(context, user.orgId)) ? user.metadata : {};
  const date = new Date(user?.createdAtMs ?? 0);
  const metadata = Object.entries(entries).map(([key, value]) => ({
    key,
    value: Buffer.from(value),
    creationDate: date,
    changeDate: date,
  }));
  return ListUserMetadataResponse.fromPartial({ metadata });
}
