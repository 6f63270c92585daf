// How a peer creates an account: the call of this tool's own request, over grpc-js, with a token.
//
// @zitadel/node's ready-made client wraps the same grpc-js; this is the fastest way to use it.
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { UserServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";

const { requestType, responseType } = UserServiceDefinition.methods.createUser;
const PATH = `/${UserServiceDefinition.fullName}/CreateUser`;
const DEADLINE_MS = 30_000;

export function openZitadel({ ZITADEL_URL, ZITADEL_TOKEN, ZITADEL_ORG_ID }) {
  const client = new Client(new URL(ZITADEL_URL).host, credentials.createInsecure());
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${ZITADEL_TOKEN}`);
  metadata.set("x-zitadel-orgid", ZITADEL_ORG_ID);

  /** @param job id, familyId, username, fullName and password @returns the user's id */
  const createUser = (job) =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        PATH,
        (value) => Buffer.from(requestType.encode(value).finish()),
        (bytes) => responseType.decode(bytes),
        requestType.fromPartial(requestFor(job, ZITADEL_ORG_ID)),
        metadata,
        { deadline: Date.now() + DEADLINE_MS },
        (error, reply) => (error ? reject(error) : resolve(reply.id)),
      );
    });
  return { createUser, close: () => client.close() };
}

function requestFor({ id, familyId, username, fullName, password }, organizationId) {
  const [givenName, familyName] = fullName.split(" ");
  return {
    organizationId,
    userId: id,
    username,
    human: {
      profile: { givenName, familyName },
      email: { email: `${username}@noemail.family-hub.internal`, isVerified: true },
      password: { password, changeRequired: true },
      metadata: [
        { key: "familyhub.job_id", value: Buffer.from(id) },
        { key: "familyhub.family_id", value: Buffer.from(familyId) },
      ],
    },
  };
}
