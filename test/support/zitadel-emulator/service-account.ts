// The account that calls the API: its key file as the console downloads it, and its static token.
import { createPublicKey, generateKeyPair, randomBytes, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { generateId } from "./generated-id.ts";

export interface ServiceKey {
  readonly type: "serviceaccount";
  readonly keyId: string;
  /** PEM, PKCS#1. */
  readonly key: string;
  readonly expirationDate: string;
  readonly userId: string;
}

export interface ServiceAccount {
  readonly userId: string;
  readonly orgId: string;
  readonly serviceKey: ServiceKey;
  readonly publicKey: KeyObject;
  /** A personal access token: static, no audience check, never expires. */
  readonly pat: string;
}

export async function createServiceAccount(orgId: string): Promise<ServiceAccount> {
  keyPair ??= newKeyPair();
  const { privateKey } = await keyPair;
  const userId = generateId();
  return {
    userId,
    orgId,
    serviceKey: {
      type: "serviceaccount",
      keyId: generateId(),
      key: privateKey,
      expirationDate: "9999-12-31T23:59:59Z",
      userId,
    },
    publicKey: createPublicKey(privateKey),
    pat: randomBytes(36).toString("base64url"),
  };
}

/** One for all accounts of this process, which differ in the ids: to make one takes a sixth of a second. */
let keyPair: ReturnType<typeof newKeyPair> | null = null;

function newKeyPair() {
  return promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "pkcs1", format: "pem" },
  });
}
