// The real Zitadel adapter against an emulated server, one of each for a describe block.
import { randomBytes, randomUUID } from "node:crypto";
import type { ZitadelConfig } from "../../src/config/zitadel-config.ts";
import type { LastContact } from "../../src/domain/last-contact.ts";
import type { AttemptResult } from "../../src/domain/outcome.ts";
import type { IdentityProvider, NewAccount } from "../../src/zitadel/identity-provider.ts";
import { createZitadel } from "../../src/zitadel/zitadel.ts";
import { Secret } from "../../src/secret.ts";
import {
  startZitadelEmulator,
  type CalledMethod,
  type Fault,
  type ZitadelControl,
  type ZitadelEmulator,
} from "./zitadel-emulator/index.ts";

export interface ZitadelFixture {
  readonly server: ZitadelEmulator;
  readonly control: ZitadelControl;
  /** By service-account key, as most installations; nothing has been called yet. */
  open(change?: Partial<ZitadelConfig>, last?: LastContact): IdentityProvider;
  /** By personal access token, so that nothing but the calls under test is made; connected. */
  connected(change?: Partial<ZitadelConfig>): Promise<IdentityProvider>;
  /** How often the server was asked since the test began. */
  count(method: CalledMethod): Promise<number>;
  setFaults(...faults: readonly Fault[]): Promise<void>;
}

/** Registers the hooks: the server is reset before each test, adapters are closed after it. */
export function useZitadel(): ZitadelFixture {
  let server: ZitadelEmulator | null = null;
  let opened: IdentityProvider[] = [];
  const running = () => {
    if (server === null) throw new Error("the emulator runs only while tests do");
    return server;
  };

  before(async () => {
    server = await startZitadelEmulator();
  });
  beforeEach(() => running().control.reset());
  afterEach(() => {
    for (const provider of opened) provider.close();
    opened = [];
  });
  after(() => running().stop());

  const open = (change: Partial<ZitadelConfig> = {}, last: LastContact | null = null) => {
    const config = { ...keyConfig(running()), ...change };
    const provider = createZitadel(config, () => Promise.resolve(last));
    opened.push(provider);
    return provider;
  };
  return {
    get server() {
      return running();
    },
    get control() {
      return running().control;
    },
    open,
    connected: async (change) => {
      const provider = open({ credentials: patOf(running()), ...change });
      await provider.connect();
      return provider;
    },
    count: async (method) => (await running().control.counters()).requests[method],
    setFaults: (...faults) => running().control.setFaults(faults),
  };
}

function keyConfig({ url, orgId, serviceKey }: ZitadelEmulator): ZitadelConfig {
  const { userId, keyId, key } = serviceKey;
  return {
    issuer: url,
    apiUrl: url,
    credentials: { kind: "key", userId, keyId, pem: new Secret(key), expiresAt: null },
    orgId,
    timeoutMs: 5_000,
    callsPerSecond: Infinity,
    extraCa: null,
    proxy: null,
    apiProxy: null,
    syntheticEmailDomain: "noemail.family-hub.internal",
  };
}

export function patOf(server: ZitadelEmulator): ZitadelConfig["credentials"] {
  return { kind: "token", token: new Secret(server.pat) };
}

export function givenAccount(
  fields: Partial<Omit<NewAccount, "password">> & { password?: string; hash?: string } = {},
): NewAccount {
  const { password = `Aa1!${randomBytes(6).toString("hex")}`, hash, ...rest } = fields;
  return {
    id: randomUUID(),
    username: `kid_${randomBytes(5).toString("hex")}`,
    fullName: "Kim Smith",
    familyId: randomUUID(),
    createdAt: new Date(),
    password:
      hash === undefined
        ? { kind: "password", value: new Secret(password) }
        : { kind: "hash", value: new Secret(hash) },
    ...rest,
  };
}

/** The parts of a result that tests compare, on one level. */
export function summary(result: AttemptResult) {
  if (result.kind === "created" || result.kind === "adopted") return { ...result };
  const { code, grpcCode, zitadelErrorId } = result.failure;
  const stop = result.kind === "blameless" ? (result.stop?.outcome ?? null) : null;
  const retryAfterMs = result.kind === "blameless" ? result.retryAfterMs : null;
  return { kind: result.kind, code, grpcCode, zitadelErrorId, stop, retryAfterMs };
}

/** What a promise was rejected with. @throws when it was not */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error("it was expected to fail");
}
