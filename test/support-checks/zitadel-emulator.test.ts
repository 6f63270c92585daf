// Holds the emulated Zitadel to the behaviour of the real server, through a real gRPC client.
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import { BinaryReader, BinaryWriter } from "@bufbuild/protobuf/wire";
import { ErrorDetail } from "@zitadel/node/dist/api/generated/zitadel/message.js";
import { Metadata as UserMetadata } from "@zitadel/node/dist/api/generated/zitadel/metadata/v2/metadata.js";
import { UserState } from "@zitadel/node/dist/api/generated/zitadel/user/v2/user.js";
import { UserServiceDefinition } from "@zitadel/node/dist/api/generated/zitadel/user/v2/user_service.js";
import { expect } from "chai";
import { SignJWT } from "jose";
import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { waitUntil } from "../support/wait-until.ts";
import { get as httpGet } from "node:http";
import {
  spawnZitadelEmulator,
  startZitadelEmulator,
  type Fault,
  type ZitadelControl,
  type ZitadelEmulator,
} from "../support/zitadel-emulator/index.ts";

const { createUser, addHumanUser, getUserByID, listUsers } = UserServiceDefinition.methods;
const BCRYPT_HASH = `$2b$10$${"a".repeat(53)}`;
const API_SCOPE = "openid urn:zitadel:iam:org:project:id:zitadel:aud";

type CreateUserMessage = Parameters<typeof createUser.requestType.fromPartial>[0];
type AddHumanUserMessage = Parameters<typeof addHumanUser.requestType.fromPartial>[0];
type ListUsersMessage = Parameters<typeof listUsers.requestType.fromPartial>[0];

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

describe("the Zitadel emulator", () => {
  let emulator: ZitadelEmulator;
  let control: ZitadelControl;
  let client: Client;

  before(async () => {
    emulator = await startZitadelEmulator();
    control = emulator.control;
  });

  beforeEach(async () => {
    await control.reset();
    client = new Client(emulator.url.replace("http://", ""), credentials.createInsecure());
  });

  afterEach(() => client.close());

  after(() => emulator.stop());

  describe("1: the gRPC side", () => {
    it("serves gRPC and HTTP/1.1 on one port", async () => {
      const created = await create({ userId: "u-1" });
      const discovery = await fetch(`${emulator.url}/.well-known/openid-configuration`);

      expect(created.id).to.equal("u-1");
      expect(discovery.status).to.equal(200);
    });

    it("answers an unknown method with HTTP 404, which a client reads as UNIMPLEMENTED", async () => {
      const failure = await failed(send("DeleteUser", getUserByID.requestType, { userId: "u-1" }));

      expect(failure.code).to.equal(12);
      expect(failure.details).to.contain("404");
    });

    it("answers CreateUser as UNIMPLEMENTED when it plays a server before v4", async () => {
      await control.changeSettings({ features: { createUser: false } });

      const failure = await failed(create({ userId: "u-1" }));
      const added = await addHuman({ userId: "u-1" });

      expect(failure.code).to.equal(12);
      expect(added.userId).to.equal("u-1");
    });
  });

  describe("2: discovery and the token endpoint", () => {
    it("names the exact origin as issuer", async () => {
      const response = await fetch(`${emulator.url}/.well-known/openid-configuration`);

      expect(await response.json()).to.include({
        issuer: emulator.url,
        token_endpoint: `${emulator.url}/oauth/v2/token`,
      });
    });

    it("issues a token that works, for 12 hours", async () => {
      const response = await postToken({});
      const token = await tokenOf(response);
      const created = await create({ userId: "u-1" }, { token: token.access_token });

      expect(token).to.include({ token_type: "Bearer", expires_in: 43_199 });
      expect(created.id).to.equal("u-1");
      expect((await control.counters()).requests.token).to.equal(1);
    });

    const now = () => Math.floor(Date.now() / 1_000);
    const badAssertions: Record<string, () => AssertionParts> = {
      "an audience with a trailing slash": () => ({ aud: `${emulator.url}/` }),
      "an iat that is ahead of the server's clock": () => ({ iat: now() + 5 }),
      "an iat that is older than an hour": () => ({ iat: now() - 3_660 }),
      "an exp that has passed": () => ({ exp: now() - 1 }),
      "an iss that is not the sub": () => ({ iss: "someone-else" }),
      "an unknown kid": () => ({ kid: "1" }),
    };
    for (const [name, parts] of Object.entries(badAssertions)) {
      it(`refuses ${name} with server_error, and with invalid_grant at head`, async () => {
        const v4 = await postToken(parts());
        await control.changeSettings({ profile: "head" });
        const head = await postToken(parts());

        expect([v4.status, head.status]).to.deep.equal([500, 400]);
        expect(await v4.json()).to.deep.equal({
          error: "server_error",
          error_description: "Errors.Internal",
        });
        expect(await head.json()).to.deep.equal({
          error: "invalid_grant",
          error_description: "invalid assertion",
        });
      });
    }

    it("refuses an assertion that was changed after it was signed", async () => {
      const [head, , signature] = (await assertion({})).split(".");
      const claims = { iss: emulator.serviceKey.userId, sub: emulator.serviceKey.userId };
      const forged = `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${signature}`;

      const response = await postForm({ assertion: forged });

      expect(await response.json()).to.include({ error: "server_error" });
    });

    it("measures iat with its own clock, and sends that clock as Date", async () => {
      await control.changeSettings({ clockOffsetMs: -60_000 });

      const response = await postToken({});

      const behindMs = Date.now() - Date.parse(response.headers.get("date") ?? "");
      expect(response.status).to.equal(500);
      expect(behindMs).to.be.within(55_000, 65_000);
    });

    it("reports a missing parameter and an unknown grant apart", async () => {
      await control.changeSettings({ profile: "head" });
      const noScope = await postForm({ assertion: await assertion({}), scope: "" });
      const otherGrant = await postForm({ grant_type: "password" });

      expect(await noScope.json()).to.include({ error: "invalid_request" });
      expect(await otherGrant.json()).to.include({ error: "unsupported_grant_type" });
    });

    it("does not know other hosts", async () => {
      const { port } = new URL(emulator.url);
      const path = "/.well-known/openid-configuration";
      const headers = { host: "id.example.com" };
      const [response] = await once(httpGet({ port, path, headers, agent: false }), "response");
      const metadata = { "x-zitadel-instance-host": "id.example.com" };
      const failure = await failed(create({ userId: "u-1" }, { metadata }));
      await control.changeSettings({ extraAuthorities: ["id.example.com"] });
      const created = await create({ userId: "u-1" }, { metadata });

      expect(response.statusCode).to.equal(404);
      expect(failure.code).to.equal(5);
      expect(failure.details).to.match(/^unable to set instance using origin/);
      expect(detailOf(failure)).to.equal(null);
      expect(created.id).to.equal("u-1");
    });
  });

  describe("3: the bearer check", () => {
    it("answers a call without a token with UNAUTHENTICATED and no detail", async () => {
      const failure = await failed(create({ userId: "u-1" }, { token: null }));

      expect(failure).to.include({ code: 16, details: "auth header missing" });
      expect(detailOf(failure)).to.equal(null);
    });

    it("answers an unknown token, and one without the API audience, with AUTH-7fs1e", async () => {
      const narrow = await tokenOf(await postToken({}, "openid"));

      const unknown = await failed(create({ userId: "u-1" }, { token: "made-up" }));
      const narrowed = await failed(create({ userId: "u-1" }, { token: narrow.access_token }));

      expect(labelOf(unknown)).to.equal("16 AUTH-7fs1e");
      expect(labelOf(narrowed)).to.equal("16 AUTH-7fs1e");
    });

    it("lets tokens expire by its clock, and be revoked", async () => {
      const token = await freshToken();
      await control.changeSettings({ accessTokenLifetimeMs: 60_000 });
      const shortLived = await freshToken();

      await control.advanceClock(61_000);
      const expired = await failed(create({ userId: "u-1" }, { token: shortLived }));
      await create({ userId: "u-2" }, { token });
      await control.revokeTokens({ alsoPat: false });
      const revoked = await failed(create({ userId: "u-3" }, { token }));

      expect(labelOf(expired)).to.equal("16 AUTH-7fs1e");
      expect(labelOf(revoked)).to.equal("16 AUTH-7fs1e");
    });
  });

  describe("4: the shape and the order of errors", () => {
    it("puts the id into the message and into the detail, with a request id", async () => {
      await create({ userId: "u-1" });

      const failure = await failed(create({ userId: "u-1", username: "other@example.com" }));

      expect(failure.details).to.equal("Errors.User.AlreadyExisting (COMMAND-7yiox1isql)");
      expect(detailOf(failure)).to.deep.equal({
        type: "type.googleapis.com/zitadel.v1.ErrorDetail",
        id: "COMMAND-7yiox1isql",
        message: "Errors.User.AlreadyExisting",
      });
      expect(failure.metadata.get("x-request-id")).to.have.lengthOf(1);
    });

    it("sends no detail for a request that fails validation", async () => {
      const failure = await failed(
        create({ userId: "u-1", human: { profile: { familyName: "" } } }),
      );

      expect(failure.code).to.equal(3);
      expect(failure.details).to.match(
        /^invalid CreateUserRequest\.Human: embedded message failed/,
      );
      expect(failure.details).to.contain("caused by: invalid SetHumanProfile.FamilyName");
      expect(detailOf(failure)).to.equal(null);
    });

    it("checks the block, the token, the quota, the shape, the names, the role, the id: in this order", async () => {
      await control.addUser({ userId: "u-1", username: "taken@example.com" });
      await control.changeSettings({
        instanceBlocked: true,
        quotaExhausted: true,
        serviceAccountRole: "read-only",
      });
      const request = (familyName: string) =>
        create({ userId: "u-1", human: { profile: { familyName } } }, { token });
      let token = "made-up";

      const labels = [labelOf(await failed(request("")))];
      await control.changeSettings({ instanceBlocked: false });
      labels.push(labelOf(await failed(request(""))));
      token = emulator.pat;
      labels.push(labelOf(await failed(request(""))));
      await control.changeSettings({ quotaExhausted: false });
      labels.push(labelOf(await failed(request(""))));
      labels.push(labelOf(await failed(request("  "))));
      labels.push(labelOf(await failed(request("Family"))));
      await control.changeSettings({ serviceAccountRole: "user-manager" });
      labels.push(labelOf(await failed(request("Family"))));

      expect(labels).to.deep.equal([
        "8 LIMITS-molsj",
        "16 AUTH-7fs1e",
        "8 QUOTA-vjAy8",
        "3 -",
        "3 USER-4hB7d",
        "7 AUTH-AWfge",
        "9 COMMAND-7yiox1isql",
      ]);
    });

    it("sends a slug as the v5 detail", async () => {
      await control.changeSettings({ slugs: { "V3-DKcYh": "user.username.taken" } });
      await control.addUser({ username: "taken@example.com" });

      const failure = await failed(create({ userId: "u-1", username: "taken@example.com" }));

      expect(detailOf(failure)).to.deep.include({
        type: "type.googleapis.com/zitadel.error.v2.ErrorDetail",
        id: "user.username.taken",
      });
    });
  });

  describe("5: names and uniqueness", () => {
    it("trims names, keeps their case, and takes the email for a missing username", async () => {
      await create({
        userId: "u-1",
        username: "  Ann  ",
        human: { profile: { givenName: " A ", familyName: " B " } },
      });
      await create({ userId: "u-2", human: { email: { email: "Bob@Example.com" } } });

      const [ann, bob] = await control.listUsers();

      expect(ann).to.include({ username: "Ann", givenName: "A", familyName: "B" });
      expect(ann?.displayName).to.equal("A B");
      expect(bob?.username).to.equal("Bob@Example.com");
    });

    it("holds usernames unique in the whole instance, without regard to case", async () => {
      await control.addUser({ username: "Taken@Example.com", orgId: "other-org" });

      const failure = await failed(create({ userId: "u-1", username: "taken@example.com" }));

      expect(labelOf(failure)).to.equal("6 V3-DKcYh");
    });

    it("holds usernames unique per organization when so set, but never ids", async () => {
      await control.changeSettings({ perOrgUsernames: true });
      await control.addUser({ userId: "u-1", username: "ann", orgId: "other-org" });
      await control.addUser({ userId: "m-1", username: "robot", type: "machine" });

      const created = await create({ userId: "u-2", username: "ann" });
      const ofOtherOrg = await failed(create({ userId: "u-1", username: "bob" }));
      const ofMachine = await failed(create({ userId: "m-1", username: "cid" }));

      expect(created.id).to.equal("u-2");
      expect(labelOf(ofOtherOrg)).to.equal("9 COMMAND-7yiox1isql");
      expect(labelOf(ofMachine)).to.equal("9 COMMAND-7yiox1isql");
    });

    it("refuses a username under a domain that another organization has verified", async () => {
      await control.changeSettings({ verifiedDomains: { "example.com": "other-org" } });

      const failure = await failed(create({ userId: "u-1", username: "ann@example.com" }));

      expect(labelOf(failure)).to.equal("3 COMMAND-SFd21");
    });
  });

  describe("6: deleted users and removed organizations", () => {
    it("lets the id and the name of a deleted user be used again", async () => {
      await create({ userId: "u-1", username: "ann" });
      await control.deleteUser("u-1");

      const gone = await failed(get("u-1"));
      const created = await create({ userId: "u-1", username: "ann" });

      expect(labelOf(gone)).to.equal("5 QUERY-Dfbg2");
      expect(created.id).to.equal("u-1");
    });

    it("keeps the ids of a removed organization taken and unreadable, and frees their names", async () => {
      await control.addUser({ userId: "u-1", username: "ann", orgId: "other-org" });
      await control.changeOrg({ orgId: "other-org", state: "removed" });

      const again = await failed(create({ userId: "u-1", username: "bob" }));
      const read = await failed(get("u-1"));
      const named = await create({ userId: "u-2", username: "ann" });

      expect(labelOf(again)).to.equal("9 COMMAND-7yiox1isql");
      expect(labelOf(read)).to.equal("5 QUERY-Dfbg2");
      expect(named.id).to.equal("u-2");
    });
  });

  describe("7: passwords", () => {
    const weak: Record<string, string> = {
      "aA1!": "COMMA-HuJf6",
      "AAAAAAA1!": "COMMA-co3Xw",
      "aaaaaaa1!": "COMMA-VoaRj",
      "aaaaaaAA!": "COMMA-ZBv4H",
      aaaaaaAA1: "COMMA-ZDLwA",
    };
    for (const [password, id] of Object.entries(weak)) {
      it(`refuses the password ${password} with ${id}`, async () => {
        const human = { password: { password, changeRequired: true } };

        expect(labelOf(await failed(create({ userId: "u-1", human })))).to.equal(`3 ${id}`);
      });
    }

    it("answers a plain password over 72 bytes with UNKNOWN, and with an empty id at head", async () => {
      const human = { password: { password: `aA1!${"x".repeat(69)}` } };

      const v4 = await failed(create({ userId: "u-1", human }));
      await control.changeSettings({ profile: "head" });
      const head = await failed(create({ userId: "u-1", human }));

      expect([labelOf(v4), labelOf(head)]).to.deep.equal(["2 -", "2 "]);
      expect(v4.details).to.equal("bcrypt: password length exceeds 72 bytes");
      expect(head.details).to.equal("bcrypt: password length exceeds 72 bytes ()");
    });

    it("takes a policy from the organization of the request context", async () => {
      const lenient = { minLength: 1, lower: false, upper: false, number: false, symbol: false };
      await control.addOrg({ orgId: "other-org", primaryDomain: "other.example.com" });
      await control.changeSettings({ orgPasswordPolicies: { "other-org": lenient } });
      const human = { password: { password: "x" } };

      const strict = await failed(create({ userId: "u-1", human }));
      const created = await create(
        { userId: "u-1", human },
        { metadata: { "x-zitadel-orgid": "other-org" } },
      );

      expect(labelOf(strict)).to.equal("3 COMMA-HuJf6");
      expect(created.id).to.equal("u-1");
    });

    it("imports only hashes that the configured verifiers know and allow", async () => {
      await control.changeSettings({ profile: "head" });
      const argon2 = "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHQ$aGFzaGhhc2g";
      const attempt = async (hash: string) =>
        labelOf(await failed(create({ userId: "u-1", human: { hashedPassword: { hash } } })));

      const labels = [
        await attempt(argon2),
        await attempt("$2b$10$short"),
        await attempt(`$2b$04$${"a".repeat(53)}`),
      ];
      await control.changeSettings({ features: { hashCostBounds: false } });
      labels.push(await attempt(argon2));
      await control.changeSettings({ hashVerifiers: ["bcrypt", "argon2"] });
      const created = await create({ userId: "u-1", human: { hashedPassword: { hash: argon2 } } });

      expect(labels).to.deep.equal([
        "3 CRYPT-r8Qm2",
        "3 CRYPT-r8Qm2",
        "3 CRYPT-5uV9n",
        "3 USER-JDk4t",
      ]);
      expect(created.id).to.equal("u-1");
    });

    it("records password, hash and change flag as received; a hash wins over a password", async () => {
      const password = { password: "Secret-1234", changeRequired: true };
      const hashedPassword = { hash: BCRYPT_HASH, changeRequired: false };
      await create({ userId: "u-1", username: "a", human: { password } });
      await create({ userId: "u-2", username: "b", human: { password, hashedPassword } });

      const [plain, hashed] = await control.listUsers();

      expect(plain).to.include({ password: "Secret-1234", changeRequired: true });
      expect(hashed).to.include({ password: null, passwordHash: BCRYPT_HASH });
      expect(hashed?.changeRequired).to.equal(false);
    });
  });

  describe("8: permissions", () => {
    it("answers a wrong role with PERMISSION_DENIED on create, and lets it read", async () => {
      await control.addUser({ userId: "u-1", username: "ann" });
      await control.changeSettings({ serviceAccountRole: "read-only" });

      const byCommand = await failed(create({ userId: "u-2" }));
      const byInterceptor = await failed(addHuman({ userId: "u-2" }));

      expect(labelOf(byCommand)).to.equal("7 AUTH-AWfge");
      expect(labelOf(byInterceptor)).to.equal("7 AUTH-5mWD2");
      expect((await get("u-1")).user?.username).to.equal("ann");
    });

    it("answers no membership with NOT_FOUND AUTHZ-cdgFk on create and get, and lists nobody", async () => {
      await control.addUser({ userId: "u-1", username: "ann" });
      await control.changeSettings({ serviceAccountRole: "no-membership" });

      const listed = await list({ queries: [{ inUserIdsQuery: { userIds: ["u-1"] } }] });

      expect(labelOf(await failed(create({ userId: "u-2" })))).to.equal("5 AUTHZ-cdgFk");
      expect(labelOf(await failed(get("u-1")))).to.equal("5 AUTHZ-cdgFk");
      expect(labelOf(await failed(get("u-9")))).to.equal("5 QUERY-Dfbg2");
      expect(listed.result).to.deep.equal([]);
    });

    it("answers an unknown organization by the level of the caller's role", async () => {
      await control.changeSettings({ profile: "head" });
      const organizationId = "no-such-org";
      const byOrgRole = await failed(create({ userId: "u-1", organizationId }));
      await control.changeSettings({ serviceAccountRole: "instance-manager" });
      const byInstanceRole = await failed(create({ userId: "u-1", organizationId }));
      const byHeader = await failed(
        create({ userId: "u-1" }, { metadata: { "x-zitadel-orgid": organizationId } }),
      );

      expect(labelOf(byOrgRole)).to.equal("5 AUTHZ-cdgFk");
      expect(labelOf(byInstanceRole)).to.equal("9 COMMAND-QXPGs");
      expect(labelOf(byHeader)).to.equal("7 AUTH-Bs7Ds");
    });
  });

  describe("9: consistency", () => {
    it("lists users after the lag, by its own clock, and gets them at once", async () => {
      await control.changeSettings({ listLagMs: 30_000 });
      await create({ userId: "u-1", username: "Ann" });
      const byName = { queries: [{ userNameQuery: { userName: "ANN", method: 1 } }] };

      const early = await list(byName);
      const read = await get("u-1");
      await control.advanceClock(30_000);
      const late = await list(byName);

      expect(early.result).to.have.lengthOf(0);
      expect(read.user?.userId).to.equal("u-1");
      expect(late.result.map((user) => user.userId)).to.deep.equal(["u-1"]);
    });

    it("misses a user once in GetUserByID when so ordered", async () => {
      await create({ userId: "u-1" });
      await control.addFault({ method: "GetUserByID", kind: "user-not-visible", times: 1 });

      expect(labelOf(await failed(get("u-1")))).to.equal("5 QUERY-Dfbg2");
      expect((await get("u-1")).user?.userId).to.equal("u-1");
    });
  });

  describe("10: faults", () => {
    const lost: readonly [title: string, effect: Fault, code: number, isCommitted: boolean][] = [
      ["loses the success with the connection", fault({ kind: "commit-then-drop" }), 14, true],
      ["drops the connection before the commit", fault({ kind: "drop-before-commit" }), 14, false],
      ["resets the stream before the commit", fault({ kind: "rst", at: "before" }), 13, false],
      ["resets the stream after the commit", fault({ kind: "rst", at: "after" }), 13, true],
      [
        "sends GOAWAY with an error after the commit",
        fault({ kind: "goaway", errorCode: 2 }),
        13,
        true,
      ],
      [
        "answers another status after the commit",
        fault({ kind: "commit-then-status", code: 2 }),
        2,
        true,
      ],
      [
        "answers 504 as a proxy after the commit",
        fault({ kind: "http", status: 504, commit: true }),
        14,
        true,
      ],
      ["answers 429 as a proxy", fault({ kind: "http", status: 429 }), 14, false],
      ["fails with any status", fault({ kind: "grpc", code: 13, id: "SQL-KyeAx" }), 13, false],
      ["fails the uniqueness insert", fault({ kind: "uniqueness-db-failure" }), 6, false],
      ["passes raw text on", fault({ kind: "raw-unknown" }), 2, false],
      ["loses its database", fault({ kind: "db-connection-error" }), 13, false],
      ["fails the token check for its database", fault({ kind: "unauthenticated-db" }), 16, false],
      ["uses up the quota", fault({ kind: "quota-exhausted" }), 8, false],
      ["is blocked", fault({ kind: "instance-blocked" }), 8, false],
    ];
    for (const [title, effect, code, isCommitted] of lost) {
      it(`${title}: code ${code}, ${isCommitted ? "" : "not "}committed`, async () => {
        await control.addFault(effect);

        const failure = await failed(create({ userId: "u-1" }));

        expect(failure.code).to.equal(code);
        expect(await control.listUsers()).to.have.lengthOf(isCommitted ? 1 : 0);
      });
    }

    it("reports a taken name and a failed uniqueness insert apart by nothing but the text", async () => {
      await control.addUser({ username: "ann" });
      await control.addFault({ method: "CreateUser", kind: "uniqueness-db-failure", times: 1 });

      const transient = await failed(create({ userId: "u-1", username: "ann" }));
      const taken = await failed(create({ userId: "u-1", username: "ann" }));

      expect([labelOf(transient), labelOf(taken)]).to.deep.equal(["6 V3-DKcYh", "6 V3-DKcYh"]);
      expect(transient.details).to.equal("An internal error occurred (V3-DKcYh)");
      expect(taken.details).to.equal("User already exists (V3-DKcYh)");
    });

    it("sends the Retry-After of a proxy in the response headers", async () => {
      await control.addFault(fault({ kind: "http", status: 429, retryAfter: 7 }));
      const headers: Metadata[] = [];

      await failed(create({ userId: "u-1" }, { onHeaders: (received) => headers.push(received) }));

      expect(headers[0]?.get("retry-after")).to.deep.equal(["7"]);
    });

    it("commits a delayed call after its client has given up", async () => {
      await control.addFault({ method: "CreateUser", kind: "pause", name: "late", at: "before" });
      const calling = failed(create({ userId: "u-1" }, { deadlineMs: 3000 }));
      await control.waitForPaused({ name: "late" });

      const failure = await calling;
      const before = await control.listUsers();
      const released = await control.release("late");
      await waitUntil("the account is made", async () => (await control.listUsers()).length > 0);
      await get("u-1");

      expect(failure.code).to.equal(4);
      expect(before).to.have.lengthOf(0);
      expect(released).to.equal(1);
      expect(await control.listUsers()).to.have.lengthOf(1);
    });

    it("holds a call after its commit until it is released", async () => {
      await control.addFault({ method: "CreateUser", kind: "pause", name: "p", at: "after" });
      const calling = create({ userId: "u-1" });

      await control.waitForPaused({ name: "p" });
      const whileHeld = await control.listUsers();
      await control.release("p");

      expect(whileHeld).to.have.lengthOf(1);
      expect((await calling).id).to.equal("u-1");
    });

    it("never answers a hanging call, committed or not", async () => {
      await control.addFault({
        ...fault({ kind: "hang", commit: true }),
        match: { userId: "u-1" },
      });
      await control.addFault(fault({ kind: "hang" }));

      // Time to reach the server on a busy machine as well.
      const [first, second] = await Promise.all([
        failed(create({ userId: "u-1", username: "a" }, { deadlineMs: 3000 })),
        failed(create({ userId: "u-2", username: "b" }, { deadlineMs: 3000 })),
      ]);

      expect([first.code, second.code]).to.deep.equal([4, 4]);
      expect((await control.listUsers()).map((user) => user.userId)).to.deep.equal(["u-1"]);
    });

    it("answers normally after a short delay or a graceful GOAWAY", async () => {
      await control.addFault({ ...fault({ kind: "delay", ms: 5 }), times: 1 });
      await control.addFault({ ...fault({ kind: "goaway" }), times: 1 });

      await create({ userId: "u-1", username: "a" });
      await create({ userId: "u-2", username: "b" });
      await create({ userId: "u-3", username: "c" });

      const calls = await control.calls();
      expect(calls.map((call) => call.fault)).to.deep.equal(["delay", "goaway", null]);
    });

    it("strikes only the calls it is aimed at, so often, and after so many", async () => {
      await control.setFaults([
        { method: "CreateUser", match: { username: "bad" }, kind: "raw-unknown" },
        { method: "*", match: { userId: "u-3" }, kind: "db-read-error", skip: 1, times: 1 },
      ]);
      const outcomes = [];
      for (const username of ["ann", "bad", "bob"]) {
        outcomes.push(await create({ userId: "u-1", username }).then(() => "OK", labelOf));
      }
      for (let index = 0; index < 3; index += 1) outcomes.push(labelOf(await failed(get("u-3"))));

      expect(outcomes).to.deep.equal([
        "OK",
        "2 -",
        "9 COMMAND-7yiox1isql",
        "5 QUERY-Dfbg2",
        "13 SQL-KyeAx",
        "5 QUERY-Dfbg2",
      ]);
    });

    it("draws a probable fault from a seeded generator, the same each time", async () => {
      const strikes = async () => {
        await control.setFaults([
          { method: "GetUserByID", kind: "db-read-error", probability: 0.5, seed: 7 },
        ]);
        const codes = [];
        for (let index = 0; index < 20; index += 1) codes.push((await failed(get("u-1"))).code);
        return codes;
      };

      const first = await strikes();

      expect(await strikes()).to.deep.equal(first);
      expect(new Set(first)).to.deep.equal(new Set([13, 5]));
    });

    it("fails the token endpoint in its own ways", async () => {
      await control.setFaults([
        { method: "token", kind: "invalid-grant", times: 2 },
        { method: "token", kind: "http", status: 503, retryAfter: 3, times: 1 },
        { method: "token", kind: "no-token", times: 1 },
        { method: "token", kind: "garbage-json", times: 1 },
        { method: "token", kind: "instance-blocked", times: 1 },
        { method: "token", kind: "hang", times: 1 },
      ]);
      const bodies = [];
      for (let index = 0; index < 6; index += 1) {
        const response = await postToken({});
        bodies.push(`${response.status} ${(await response.text()).slice(0, 24).trim()}`);
      }
      const hanging = postToken({}, API_SCOPE, AbortSignal.timeout(50)).catch(
        (error) => error.name,
      );

      expect(bodies).to.deep.equal([
        '400 {"error":"invalid_grant"',
        '400 {"error":"invalid_grant"',
        "503 HTTP 503",
        '200 {"token_type":"Bearer"}',
        '200 {"access_token":',
        "429 Your ZITADEL instance is",
      ]);
      expect(await hanging).to.equal("TimeoutError");
      expect((await postToken({})).status).to.equal(200);
    });

    it("is really down while it is down, and comes back on the same port", async () => {
      await create({ userId: "u-1", username: "a" });

      await control.setDown(true);
      const failure = await failed(create({ userId: "u-2" }));
      const refused = await fetch(emulator.url).catch((error) => error.cause.code);
      await control.setDown(false);
      const back = await fetch(`${emulator.url}/.well-known/openid-configuration`);

      expect(failure.code).to.equal(14);
      expect(refused).to.equal("ECONNREFUSED");
      expect(back.status).to.equal(200);
      expect(await control.listUsers()).to.have.lengthOf(1);
    });
  });

  describe("11: concurrency", () => {
    it("lets exactly one of parallel creates of one id, or of one username, succeed", async () => {
      await control.changeSettings({ passwordCostMs: 2 });
      const human = { password: { password: "Secret-1234" } };
      const creations = Array.from({ length: 5 }, (_, index) => [
        create({ userId: "same", username: `name-${index}`, human }),
        create({ userId: `id-${index}`, username: "Same", human }),
      ]).flat();

      const outcomes = await Promise.all(creations.map((made) => made.then(() => "OK", labelOf)));

      const count = (wanted: string) => outcomes.filter((outcome) => outcome === wanted).length;
      expect(count("OK")).to.equal(2);
      expect(count("9 COMMAND-7yiox1isql")).to.equal(4);
      expect(count("6 V3-DKcYh")).to.equal(4);
      expect((await control.counters()).maxConcurrentCreates).to.equal(10);
    });

    it("pays for plain passwords one after the other", async () => {
      await control.changeSettings({ passwordCostMs: 40 });
      const human = { password: { password: "Secret-1234" } };
      const startMs = performance.now();

      const names = ["p1", "p2", "p3"];
      await Promise.all(names.map((name) => create({ userId: name, username: name, human })));

      expect(performance.now() - startMs).to.be.at.least(115);
    });

    it("pays nothing for hashes", async () => {
      await control.changeSettings({ passwordCostMs: 600_000 });
      const human = { hashedPassword: { hash: BCRYPT_HASH } };

      const { id } = await create({ userId: "h1", username: "h1", human });

      expect(id).to.equal("h1");
    });
  });

  describe("12: mail", () => {
    it("would send a mail unless isVerified is set or the code is returned", async () => {
      const email = (mode: object) => ({ email: { email: "a@example.com", ...mode } });
      const modes = [{ isVerified: true }, { isVerified: false }, { returnCode: {} }, {}];
      const codes = [];
      for (const [index, mode] of modes.entries()) {
        const name = `u-${index}`;
        const response = await create(
          { userId: name, username: name, human: email(mode) },
          { bare: true },
        );
        codes.push(response.emailCode?.length);
      }

      const users = await control.listUsers();

      expect(users.map((user) => user.mailWouldHaveBeenSent)).to.deep.equal([
        false,
        false,
        false,
        true,
      ]);
      expect(users.map((user) => user.emailVerified)).to.deep.equal([true, false, false, false]);
      expect(codes).to.deep.equal([undefined, undefined, 6, undefined]);
    });
  });

  describe("13: response fields", () => {
    it("fills the outer user and leaves the inner one empty", async () => {
      const human = { hashedPassword: { hash: BCRYPT_HASH, changeRequired: true } };
      const created = await create({ userId: "u-1", username: "Ann", human });

      const { user, details } = await get("u-1");

      expect(user).to.include({ userId: "u-1", username: "Ann", preferredLoginName: "Ann" });
      expect(user?.loginNames).to.deep.equal(["Ann"]);
      expect(user?.state).to.equal(UserState.USER_STATE_ACTIVE);
      expect(user?.details?.resourceOwner).to.equal(emulator.orgId);
      expect(user?.details?.creationDate).to.deep.equal(created.creationDate);
      expect(details?.resourceOwner).to.equal(emulator.orgId);
      expect(user?.human).to.include({ userId: "", username: "", passwordChangeRequired: true });
      expect(user?.human?.state).to.equal(UserState.USER_STATE_UNSPECIFIED);
      expect(user?.human?.email).to.deep.equal({ email: "u-1@example.com", isVerified: true });
      expect(user?.human?.passwordChanged).to.be.instanceOf(Date);
    });

    it("answers AddHumanUser with details, in the organization of the request", async () => {
      const added = await addHuman({ userId: "u-1", organization: { orgId: emulator.orgId } });

      expect(added.userId).to.equal("u-1");
      expect(added.details?.resourceOwner).to.equal(emulator.orgId);
      expect(added.details?.sequence.toNumber()).to.be.greaterThan(0);
      expect((await control.listUsers())[0]?.createdBy).to.equal("AddHumanUser");
    });

    it("pages a list with a Long offset, and counts all that match", async () => {
      for (const name of ["c", "a", "b"]) await create({ userId: name, username: name });
      const queries = [{ typeQuery: { type: 1 } }];

      const page = await list({
        query: { offset: 1, limit: 1, asc: true },
        sortingColumn: 1,
        queries,
      });

      expect(page.result.map((user) => user.username)).to.deep.equal(["b"]);
      expect(page.details?.totalResult.toNumber()).to.equal(3);
    });

    it("shows login names with the domain of the organization when names are per organization", async () => {
      await control.changeSettings({ perOrgUsernames: true });
      await create({ userId: "u-1", username: "ann" });

      expect((await get("u-1")).user?.preferredLoginName).to.equal("ann@target.localhost");
    });

    it("keeps metadata of either field, and refuses both at once", async () => {
      await control.changeSettings({ profile: "head" });
      const entry = { key: "source", value: Buffer.from("shop") };
      const root = new BinaryWriter()
        .uint32((6 << 3) | 2)
        .bytes(UserMetadata.encode({ ...UserMetadata.fromPartial({}), ...entry }).finish())
        .finish();
      await create({ userId: "u-1", username: "a", human: { metadata: [entry] } });
      await create({ userId: "u-2", username: "b" }, { appended: root });
      const both = await failed(
        create({ userId: "u-3", human: { metadata: [entry] } }, { appended: root }),
      );

      const users = await control.listUsers();

      expect(users.map((user) => user.metadata)).to.deep.equal([
        { source: "shop" },
        { source: "shop" },
      ]);
      expect(labelOf(both)).to.equal("3 USERv2-j0z7uy");
    });
  });

  describe("as a program", () => {
    it("prints where it listens, keeps its key file private, and takes it away at its end", async () => {
      const program = await spawnZitadelEmulator(["--org-id", "4711"]);
      const mode = statSync(program.keyFile).mode & 0o777;
      const key = JSON.parse(readFileSync(program.keyFile, "utf8"));
      const info = await program.control.info();
      await program.stop();

      expect(program.orgId).to.equal("4711");
      expect(mode).to.equal(0o600);
      expect(key).to.deep.equal(info.serviceKey);
      expect(key.key).to.match(/^-----BEGIN RSA PRIVATE KEY-----/);
      expect(existsSync(program.keyFile)).to.equal(false);
    });

    it("logs every call with its authority and its organization header", async () => {
      await create({ userId: "u-1" }, { metadata: { "x-zitadel-orgid": emulator.orgId } });
      await control.waitForCalls({ method: "CreateUser", count: 1 });

      const [call] = await control.calls();

      expect(call).to.deep.include({
        method: "CreateUser",
        userId: "u-1",
        username: "u-1@example.com",
        authority: emulator.url.replace("http://", ""),
        orgHeader: emulator.orgId,
        outcome: "OK",
      });
    });
  });

  interface CallOptions {
    /** Null sends none; absent, the personal access token. */
    readonly token?: string | null;
    readonly metadata?: Record<string, string>;
    readonly deadlineMs?: number;
    readonly onHeaders?: (headers: Metadata) => void;
    /** Sends `human` as it is, without a default for isVerified. */
    readonly bare?: boolean;
    readonly appended?: Uint8Array;
  }

  function create(message: CreateUserMessage, options: CallOptions = {}) {
    const { human } = message;
    const email = `${message.userId}@example.com`;
    const request = createUser.requestType.fromPartial({
      organizationId: emulator.orgId,
      ...message,
      human: {
        ...human,
        profile: { givenName: "Given", familyName: "Family", ...human?.profile },
        email: { email, ...(options.bare ? {} : { isVerified: true }), ...human?.email },
      },
    });
    return send("CreateUser", createUser.requestType, request, createUser.responseType, options);
  }

  function addHuman(message: AddHumanUserMessage) {
    const request = addHumanUser.requestType.fromPartial({
      profile: { givenName: "Given", familyName: "Family" },
      email: { email: `${message.userId}@example.com`, isVerified: true },
      ...message,
    });
    return send("AddHumanUser", addHumanUser.requestType, request, addHumanUser.responseType);
  }

  function get(userId: string) {
    return send("GetUserByID", getUserByID.requestType, { userId }, getUserByID.responseType);
  }

  function list(message: ListUsersMessage) {
    const request = listUsers.requestType.fromPartial(message);
    return send("ListUsers", listUsers.requestType, request, listUsers.responseType);
  }

  function send<Request, Response = unknown>(
    method: string,
    requestType: Codec<Request>,
    request: Request,
    responseType?: Pick<Codec<Response>, "decode">,
    options: CallOptions = {},
  ): Promise<Response> {
    const metadata = new Metadata();
    const token = options.token === undefined ? emulator.pat : options.token;
    if (token !== null) metadata.set("authorization", `Bearer ${token}`);
    for (const [key, value] of Object.entries(options.metadata ?? {})) metadata.set(key, value);
    return new Promise((resolve, reject) => {
      const call = client.makeUnaryRequest(
        `/${UserServiceDefinition.fullName}/${method}`,
        (message: Request) =>
          Buffer.concat([
            requestType.encode(message).finish(),
            options.appended ?? Buffer.alloc(0),
          ]),
        (bytes: Buffer) => {
          if (!responseType) throw new Error(`${method} was answered`);
          return responseType.decode(bytes);
        },
        request,
        metadata,
        options.deadlineMs === undefined ? {} : { deadline: Date.now() + options.deadlineMs },
        (error, response) => {
          if (error) reject(error);
          else if (response !== undefined) resolve(response);
        },
      );
      if (options.onHeaders) call.on("metadata", options.onHeaders);
    });
  }

  interface AssertionParts {
    readonly kid?: string;
    readonly iss?: string;
    readonly aud?: string;
    readonly iat?: number;
    readonly exp?: number;
  }

  function assertion({ kid, ...claims }: AssertionParts): Promise<string> {
    const { userId, keyId, key } = emulator.serviceKey;
    const now = Math.floor(Date.now() / 1_000);
    return new SignJWT({
      iss: userId,
      sub: userId,
      aud: emulator.url,
      iat: now,
      exp: now + 600,
      ...claims,
    })
      .setProtectedHeader({ alg: "RS256", kid: kid ?? keyId })
      .sign(createPrivateKey(key));
  }

  async function postToken(parts: AssertionParts, scope = API_SCOPE, signal?: AbortSignal) {
    return postForm({ assertion: await assertion(parts), scope }, signal);
  }

  function postForm(form: Record<string, string>, signal?: AbortSignal): Promise<Response> {
    return fetch(`${emulator.url}/oauth/v2/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        scope: API_SCOPE,
        ...form,
      }),
      ...(signal ? { signal } : {}),
    });
  }

  async function freshToken(): Promise<string> {
    return (await tokenOf(await postToken({}))).access_token;
  }
});

async function tokenOf(response: Response): Promise<{ access_token: string }> {
  return JSON.parse(await response.text());
}

function fault(effect: DistributiveOmit<Fault, "method">): Fault {
  return { method: "CreateUser", ...effect };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

async function failed(call: Promise<unknown>): Promise<ServiceError> {
  const answer = await call.then(
    () => null,
    (error: ServiceError) => error,
  );
  if (!answer) throw new Error("the call was expected to fail");
  return answer;
}

/** Code and id; "-" where there is no detail. */
function labelOf(failure: ServiceError): string {
  return `${failure.code} ${detailOf(failure)?.id ?? "-"}`;
}

/** Reads google.rpc.Status by hand: its codec is not part of the client library. */
function detailOf(failure: ServiceError) {
  const [trailer] = failure.metadata.get("grpc-status-details-bin");
  if (!(trailer instanceof Buffer)) return null;
  const any = fieldsOf(fieldsOf(trailer).get(3) ?? Buffer.alloc(0));
  const { id, message } = ErrorDetail.decode(any.get(2) ?? Buffer.alloc(0));
  return { type: Buffer.from(any.get(1) ?? []).toString(), id, message };
}

function fieldsOf(bytes: Uint8Array): Map<number, Uint8Array> {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, Uint8Array>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 2) fields.set(tag >>> 3, reader.bytes());
    else reader.skip(tag & 7);
  }
  return fields;
}
