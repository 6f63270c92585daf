// Holds the emulated Zitadel to what was seen on a running v4, where that differs from its source.
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { AuthServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/auth.js";
import { ManagementServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/management.js";
import { OrgState } from "@zitadel/node/dist/api/generated/zitadel/org.js";
import { UserState } from "@zitadel/node/dist/api/generated/zitadel/user/v2/user.js";
import { UserServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import { expect } from "chai";
import { zitadelErrorId } from "../../src/zitadel/error-detail.ts";
import { startZitadelEmulator, type ZitadelEmulator } from "../support/zitadel-emulator/index.ts";

const user = UserServiceDefinition;
const auth = AuthServiceDefinition;
const management = ManagementServiceDefinition;

interface Method<Request, Response> {
  readonly name: string;
  readonly requestType: {
    fromPartial(value: object): Request;
    encode(message: Request): { finish(): Uint8Array };
  };
  readonly responseType: { decode(bytes: Uint8Array): Response };
}

describe("the Zitadel emulator on profile v4", () => {
  let emulator: ZitadelEmulator;
  let client: Client;

  before(async () => {
    emulator = await startZitadelEmulator();
  });
  beforeEach(async () => {
    await emulator.control.reset();
    client = new Client(emulator.url.replace("http://", ""), credentials.createInsecure());
  });
  afterEach(() => client.close());
  after(() => emulator.stop());

  describe("permissions", () => {
    it("lets the caller's own id past the permission check, and no other id", async () => {
      const other = await emulator.control.addUser({ username: "ann" });
      await emulator.control.changeSettings({ serviceAccountRole: "no-membership" });
      const withId = (userId: string) => labelOf(create({ userId }));

      const labels = [
        await withId(emulator.serviceKey.userId),
        await withId(other.userId),
        await withId("free"),
      ];

      expect(labels).to.deep.equal(["9 COMMAND-7yiox1isql", "5 AUTHZ-cdgFk", "5 AUTHZ-cdgFk"]);
    });

    it("lists what the caller may do in the organization that it names", async () => {
      const listed = async (
        role:
          "user-manager" | "read-only" | "project-creator" | "no-membership" | "instance-manager",
        orgId = emulator.orgId,
      ) => {
        await emulator.control.changeSettings({ serviceAccountRole: role });
        const { result } = await call(auth, auth.methods.listMyZitadelPermissions, {}, orgId);
        return result;
      };
      await emulator.control.addOrg({ orgId: "other-org", primaryDomain: "other.localhost" });

      expect(await listed("user-manager")).to.include.members(["user.write", "user.read"]);
      expect(await listed("instance-manager", "other-org")).to.include("user.write");
      expect(await listed("read-only"))
        .to.include("user.read")
        .and.not.include("user.write");
      expect(await listed("project-creator")).to.not.include("user.write");
      expect(await listed("no-membership")).to.deep.equal([]);
      expect(await listed("user-manager", "other-org")).to.deep.equal([]);
      expect(await labelOf(listed("user-manager", "no-such-org"))).to.equal("7 AUTH-Bs7Ds");
    });
  });

  describe("users out of sight", () => {
    beforeEach(async () => {
      await emulator.control.addUser({ userId: "far", username: "Ann", orgId: "other-org" });
    });

    it("finds any user by login name, in any case of letters, with id and organization", async () => {
      const found = await byLoginName("aNN");

      expect(found.user).to.include({ id: "far", userName: "Ann" });
      expect(found.user?.details?.resourceOwner).to.equal("other-org");
      expect(await labelOf(byLoginName("bob"))).to.equal("5 QUERY-Dfbg2");
    });

    it("asks for user.global.read, and may not know the call", async () => {
      await emulator.control.changeSettings({ serviceAccountRole: "no-membership" });
      const refused = await labelOf(byLoginName("ann"));
      await emulator.control.changeSettings({ unknownMethods: ["GetUserByLoginNameGlobal"] });

      expect(refused).to.equal("5 AUTHZ-cdgFk");
      expect(await labelOf(byLoginName("ann"))).to.equal("12 -");
    });

    it("lists the metadata of users that the caller may read, and nothing of others", async () => {
      const metadata = { "familyhub.job_id": "j-1" };
      await emulator.control.addUser({ userId: "near", username: "bob", metadata });
      await emulator.control.changeUser({ userId: "far", metadata });

      const near = await metadataOf("near");

      expect(near.map(({ key, value }) => [key, String(value)])).to.deep.equal([
        ["familyhub.job_id", "j-1"],
      ]);
      expect(await metadataOf("far")).to.deep.equal([]);
      expect(await metadataOf("nobody")).to.deep.equal([]);
    });
  });

  describe("what happens to users later", () => {
    it("renames one, and holds both the new name and nobody to the old one", async () => {
      await emulator.control.addUser({ userId: "u-1", username: "ann" });
      await emulator.control.changeUser({ userId: "u-1", username: "anna" });

      expect((await get("u-1")).user?.username).to.equal("anna");
      expect(await labelOf(create({ userId: "u-2", username: "ANNA" }))).to.equal("6 V3-DKcYh");
      expect(await labelOf(create({ userId: "u-2", username: "ann" }))).to.equal("OK");
    });

    it("renames everybody when names are no longer of one organization", async () => {
      await emulator.control.changeSettings({ perOrgUsernames: true });
      await emulator.control.addUser({ userId: "u-1", username: "ann" });
      await emulator.control.changeSettings({ perOrgUsernames: false });

      expect((await get("u-1")).user?.username).to.equal("ann@target.localhost");
      expect(await labelOf(create({ userId: "u-2", username: "ann" }))).to.equal("OK");
    });

    it("locks and dates them", async () => {
      const createdAt = "2020-01-02T03:04:05.000Z";
      await emulator.control.addUser({ userId: "u-1", username: "ann", createdAt });
      await emulator.control.changeUser({ userId: "u-1", state: "locked" });

      const found = (await get("u-1")).user;

      expect(found?.state).to.equal(UserState.USER_STATE_LOCKED);
      expect(found?.details?.creationDate?.toISOString()).to.equal(createdAt);
    });
  });

  describe("organizations", () => {
    it("still takes accounts for one that is inactive, and reports its state", async () => {
      const state = async () => (await myOrg()).org?.state;
      const before = await state();
      await emulator.control.changeOrg({ orgId: emulator.orgId, state: "inactive" });

      expect([before, await state()]).to.deep.equal([
        OrgState.ORG_STATE_ACTIVE,
        OrgState.ORG_STATE_INACTIVE,
      ]);
      expect(await labelOf(create({ userId: "u-1" }))).to.equal("OK");
    });

    it("takes accounts for a removed one by an instance's role, and reports no state", async () => {
      await emulator.control.changeSettings({ serviceAccountRole: "instance-manager" });
      await emulator.control.changeOrg({ orgId: emulator.orgId, state: "removed" });

      expect((await myOrg()).org?.state).to.equal(OrgState.ORG_STATE_UNSPECIFIED);
      expect(await labelOf(create({ userId: "u-1" }))).to.equal("OK");
    });
  });

  describe("its database", () => {
    const answers = async () => ({
      discovery: (await fetch(`${emulator.url}/.well-known/openid-configuration`)).status,
      ready: (await fetch(`${emulator.url}/debug/ready`)).status,
      get: await labelOf(get(emulator.serviceKey.userId)),
      create: await labelOf(create({ userId: "u-1" })),
    });

    it("answers everything with NOT_FOUND and 404 while it is gone, distinguished by an ID in the text", async () => {
      await emulator.control.changeSettings({ database: "gone" });
      const text = await (await fetch(`${emulator.url}/.well-known/openid-configuration`)).text();
      const failure = await failed(get("u-1"));

      expect(await answers()).to.deep.equal({
        ...{ discovery: 404, ready: 412, get: "5 -", create: "5 -" },
      });
      expect(text).to.contain("ID=QUERY-d3fas Message=An internal error occurred");
      expect(failure.details).to.contain("ID=QUERY-d3fas Message=An internal error occurred");
    });

    it("answers a wrong host alike, but for the id, and is ready all the same", async () => {
      const metadata = { "x-zitadel-instance-host": "id.example.com" };
      const failure = await failed(get("u-1", metadata));

      expect(failure.code).to.equal(5);
      expect(failure.details).to.contain("ID=QUERY-1kIjX Message=Instance not found");
      expect((await answers()).ready).to.equal(200);
    });

    it("reads and does not write while it is read-only", async () => {
      await emulator.control.changeSettings({ database: "read-only" });

      expect(await answers()).to.deep.equal({
        ...{ discovery: 200, ready: 200, get: "OK", create: "2 -" },
      });
    });

    it("can lose one call only, over either protocol", async () => {
      await emulator.control.setFaults([
        { method: "discovery", kind: "instance-not-found-db", times: 1 },
        { method: "GetUserByID", kind: "instance-not-found-db", times: 1 },
      ]);

      const lost = await answers();

      expect([lost.discovery, lost.get]).to.deep.equal([404, "5 -"]);
      expect(await answers()).to.include({ discovery: 200, get: "OK" });
    });
  });

  describe("credentials", () => {
    it("loses its access token permanently with its activity, while its key works again at once", async () => {
      await emulator.control.changeSettings({ serviceAccountActive: false });
      const locked = await labelOf(get(emulator.serviceKey.userId));
      await emulator.control.changeSettings({ serviceAccountActive: true });

      expect(locked).to.equal("16 AUTH-7fs1e");
      expect(await labelOf(get(emulator.serviceKey.userId))).to.equal("16 AUTH-7fs1e");
    });

    it("reports of itself what a test sets", async () => {
      await emulator.control.changeSettings({
        discovery: { issuer: "https://elsewhere.example", token_endpoint: null },
        readyStatus: 404,
      });

      const document = await fetch(`${emulator.url}/.well-known/openid-configuration`);

      expect(await document.json())
        .to.include({ issuer: "https://elsewhere.example" })
        .and.not.have.property("token_endpoint");
      expect((await fetch(`${emulator.url}/debug/ready`)).status).to.equal(404);
    });
  });

  describe("creations", () => {
    it("takes any hash that begins like bcrypt's", async () => {
      const hashes = ["$2a$10$abc", "$2x$10$abc", `$2b$31$${"a".repeat(53)}`];
      const labels = [];
      for (const [index, hash] of hashes.entries()) {
        const human = { hashedPassword: { hash } };
        labels.push(await labelOf(create({ userId: `u-${index}`, human })));
      }

      expect(labels).to.deep.equal(["OK", "OK", "OK"]);
    });

    it("takes every kind of blank for blank", async () => {
      const human = { profile: { givenName: "\u00a0\u0085", familyName: "F" } };

      expect(await labelOf(create({ userId: "u-1", human }))).to.equal("3 USER-UCej2");
    });

    it("nests what validation says", async () => {
      const failure = await failed(
        create({ userId: "u-1", human: { profile: { givenName: "", familyName: "F" } } }),
      );

      expect(failure.details).to.equal(
        "invalid CreateUserRequest.Human: embedded message failed validation" +
          " | caused by: invalid CreateUserRequest_Human.Profile: embedded message failed validation" +
          " | caused by: invalid SetHumanProfile.GivenName: value length must be between 1 and 200 runes, inclusive",
      );
    });

    it("cuts off what is in flight when it shuts down, and commits as many as a test sets", async () => {
      await emulator.control.addFault({
        method: "CreateUser",
        kind: "pause",
        name: "p",
        at: "before",
      });
      const calls = ["u-1", "u-2", "u-3"].map((userId) => labelOf(create({ userId })));
      await emulator.control.waitForPaused({ name: "p", count: 3 });

      await emulator.control.shutDown({ commits: 1 });
      await emulator.control.release("p");
      const labels = await Promise.all(calls);
      await emulator.control.setDown(false);
      await emulator.control.setFaults([]);

      expect(labels).to.deep.equal(["14 -", "14 -", "14 -"]);
      expect(await emulator.control.listUsers()).to.have.lengthOf(1);
      expect(await labelOf(create({ userId: "u-4" }))).to.equal("OK");
    });
  });

  function create(message: { userId: string; username?: string; human?: object }) {
    const { userId, human } = message;
    return call(user, user.methods.createUser, {
      organizationId: emulator.orgId,
      username: userId,
      ...message,
      human: {
        profile: { givenName: "Given", familyName: "Family" },
        email: { email: `${userId}@example.com`, isVerified: true },
        ...human,
      },
    });
  }

  function get(userId: string, metadata: Record<string, string> = {}) {
    return call(user, user.methods.getUserByID, { userId }, null, metadata);
  }

  function byLoginName(loginName: string) {
    return call(management, management.methods.getUserByLoginNameGlobal, { loginName });
  }

  function myOrg() {
    return call(management, management.methods.getMyOrg, {}, emulator.orgId);
  }

  async function metadataOf(userId: string) {
    return (await call(user, user.methods.listUserMetadata, { userId })).metadata;
  }

  /** By personal access token. */
  function call<Request, Response>(
    service: { readonly fullName: string },
    { name, requestType, responseType }: Method<Request, Response>,
    message: object,
    orgId: string | null = null,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${emulator.pat}`);
    if (orgId !== null) metadata.set("x-zitadel-orgid", orgId);
    for (const [key, value] of Object.entries(headers)) metadata.set(key, value);
    return new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `/${service.fullName}/${name}`,
        (request: Request) => Buffer.from(requestType.encode(request).finish()),
        (bytes: Buffer) => responseType.decode(bytes),
        requestType.fromPartial(message),
        metadata,
        (error, response) => {
          if (error) reject(error);
          else if (response !== undefined) resolve(response);
        },
      );
    });
  }
});

async function failed(made: Promise<unknown>): Promise<ServiceError> {
  const failure = await made.then(
    () => null,
    (error: ServiceError) => error,
  );
  if (!failure) throw new Error("the call was expected to fail");
  return failure;
}

/** "OK", or code and id; "-" where there is no detail. */
async function labelOf(made: Promise<unknown>): Promise<string> {
  return made.then(
    () => "OK",
    ({ code, metadata }: ServiceError) => {
      const [details] = metadata.get("grpc-status-details-bin");
      return `${code} ${zitadelErrorId(details instanceof Buffer ? details : null, "") ?? "-"}`;
    },
  );
}
