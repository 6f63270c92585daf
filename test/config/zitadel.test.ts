// Where Zitadel is, as whom it is called, and what must never be believed or shown.
import { expect } from "chai";
import {
  complaint,
  readAll,
  serviceKey,
  soundSettings,
  useFiles,
} from "../support/given-settings.ts";

describe("Zitadel's address", () => {
  const good = {
    "https://id.example.com": "https://id.example.com",
    "https://id.example.com/": "https://id.example.com",
    "https://ID.example.com:443/": "https://id.example.com",
    "https://id.example.com:8443": "https://id.example.com:8443",
    "http://localhost:8080": "http://localhost:8080",
    "http://127.0.0.1:8080/": "http://127.0.0.1:8080",
    "http://127.1.2.3": "http://127.1.2.3",
    "http://[::1]:8080": "http://[::1]:8080",
  };
  for (const [text, origin] of Object.entries(good)) {
    it(`${text} is the origin ${origin}`, () => {
      const { zitadel } = readAll({ ZITADEL_URL: text });

      expect(zitadel).to.include({ issuer: origin, apiUrl: origin });
    });
  }

  const bad = {
    "id.example.com": /scheme/,
    "https://": /scheme/,
    "ftp://id.example.com": /https/,
    "grpc://id.example.com:443": /https/,
    "http://id.example.com": /ZITADEL_ALLOW_INSECURE/,
    "http://10.0.0.1:8080": /ZITADEL_ALLOW_INSECURE/,
    "http://127.0.0.1.example.com": /ZITADEL_ALLOW_INSECURE/,
    "http://localhost.example.com": /ZITADEL_ALLOW_INSECURE/,
  };
  for (const [text, because] of Object.entries(bad)) {
    it(`${text} is refused, and the message says why`, () => {
      for (const name of ["ZITADEL_URL", "ZITADEL_API_URL"]) {
        const message = complaint(soundSettings({ [name]: text }));

        expect(message).to.match(because).and.to.contain(`${name} is "${text}"`);
        expect(message.split("\n")).to.have.lengthOf(1);
      }
    });
  }

  for (const behind of ["/ui/hunter2", "?token=hunter2", "#hunter2", "/?x=hunter2"]) {
    it(`with ${behind} behind it is refused, and shown up to its host`, () => {
      const message = complaint(soundSettings({ ZITADEL_URL: `https://id.example.com${behind}` }));

      expect(message).to.match(
        /^ZITADEL_URL is "https:\/\/id\.example\.com\/\[redacted\]": .*without a path/,
      );
      expect(message).to.not.contain("hunter2");
    });
  }

  for (const text of ["hunter2", "hunter2-Vq3_tokenThatIsSecret"]) {
    it(`that is none is not shown: ${text}`, () => {
      const message = complaint(soundSettings({ ZITADEL_URL: text, ZITADEL_API_URL: text }));

      expect(message).to.contain("ZITADEL_URL").and.to.not.contain("hunter2");
    });
  }

  for (const text of [
    "https://admin:hunter2@id.example.com",
    "https://hunter2@id.example.com",
    "https://admin:hunter2@hunter2@id.example.com",
    "https://admin:hunter2/x@id.example.com",
    "https://admin:hun?hunter2@id.example.com",
    "https://admin:hun#hunter2@id.example.com",
    "admin:hunter2@id.example.com",
    "http://admin:hunter2@id.example.com",
  ]) {
    it(`with credentials is refused without showing them: ${text}`, () => {
      for (const name of ["ZITADEL_URL", "ZITADEL_API_URL"]) {
        const message = complaint(soundSettings({ [name]: text }));

        expect(message).to.contain(name).and.to.not.contain("hunter2");
      }
    });
  }

  it("may be http elsewhere when that is allowed explicitly", () => {
    const insecure = { ZITADEL_URL: "http://zitadel:8080", ZITADEL_ALLOW_INSECURE: "1" };

    expect(readAll(insecure).zitadel.issuer).to.equal("http://zitadel:8080");
  });

  for (const value of ["0", "false", "true", "yes"]) {
    it(`is not made http by ZITADEL_ALLOW_INSECURE=${value}`, () => {
      const settings = { ZITADEL_URL: "http://zitadel:8080", ZITADEL_ALLOW_INSECURE: value };

      expect(complaint(soundSettings(settings))).to.contain("ZITADEL_ALLOW_INSECURE=1");
    });
  }

  it("of gRPC is another one when that is set", () => {
    const { zitadel } = readAll({ ZITADEL_API_URL: "https://grpc.internal:8443/" });

    expect(zitadel).to.include({
      issuer: "https://id.example.com",
      apiUrl: "https://grpc.internal:8443",
    });
  });
});

describe("the credentials", () => {
  const file = useFiles();

  it("are the key's user, key id and private key", () => {
    const { credentials } = readAll().zitadel;

    expect(credentials).to.include({ kind: "key", userId: "u1", keyId: "k1" });
  });

  it("need no organization with a key", () => {
    expect(readAll().zitadel.orgId).to.equal(null);
    expect(readAll({ ZITADEL_ORG_ID: "o1" }).zitadel.orgId).to.equal("o1");
  });

  it("need an organization with a token", () => {
    const token = { ZITADEL_KEY: undefined, ZITADEL_TOKEN: "pat" };

    expect(complaint(soundSettings(token))).to.match(/^ZITADEL_ORG_ID is not set: .*ZITADEL_TOKEN/);
    expect(readAll({ ...token, ZITADEL_ORG_ID: "o1" }).zitadel.orgId).to.equal("o1");
  });

  it("are a key or a token, not both", () => {
    const message = complaint(soundSettings({ ZITADEL_TOKEN: "hunter2", ZITADEL_ORG_ID: "o1" }));

    expect(message).to.match(/ZITADEL_KEY and ZITADEL_TOKEN are both set/);
    expect(message).to.not.contain("hunter2");
  });

  it("may be a key without an end", () => {
    const key = serviceKey({ expirationDate: undefined });

    expect(readAll({ ZITADEL_KEY: key }).zitadel.credentials.kind).to.equal("key");
  });

  const faults: Readonly<Record<string, { key: string; because: RegExp }>> = {
    "of an application": {
      key: serviceKey({ type: "application", appId: "a", clientId: "c" }),
      because: /not a service-account key.*"application"/,
    },
    "without a type": { key: serviceKey({ type: undefined }), because: /type is missing/ },
    "without a user": { key: serviceKey({ userId: undefined }), because: /lacks userId/ },
    "without a key id": { key: serviceKey({ keyId: undefined }), because: /lacks userId, keyId/ },
    "without a key": { key: serviceKey({ key: undefined }), because: /lacks userId, keyId or key/ },
    "with half a key": {
      key: serviceKey({ key: "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n" }),
      because: /no readable private key/,
    },
    "that has expired": {
      key: serviceKey({ expirationDate: "2020-02-03T04:05:06Z" }),
      because: /expired on 2020-02-03T04:05:06/,
    },
    "that is null": { key: "null", because: /not a service-account key/ },
    "that is a list": { key: "[]", because: /not a service-account key/ },
    "that is no JSON": { key: "-----BEGIN RSA PRIVATE KEY-----", because: /not valid JSON/ },
  };
  for (const [what, { key, because }] of Object.entries(faults)) {
    it(`may not be a key ${what}: the message says so and what to do`, () => {
      const path = file("key.json", key);

      const fromValue = complaint(soundSettings({ ZITADEL_KEY: key }));
      const fromFile = complaint(soundSettings({ ZITADEL_KEY: undefined, ZITADEL_KEY_FILE: path }));

      expect(fromValue)
        .to.match(because)
        .and.to.match(/^ZITADEL_KEY.*download/);
      expect(fromFile).to.match(because).and.to.contain(path);
      expect(fromValue + fromFile).to.not.contain("MII");
    });
  }
});

describe("the extra CA", () => {
  const file = useFiles();

  it("is none by default", () => {
    expect(readAll().zitadel.extraCa).to.equal(null);
  });

  it("that is missing or no certificate is refused by name", () => {
    for (const path of ["/nonexistent/ca.pem", file("ca.pem", "no certificate")]) {
      const message = complaint(soundSettings({ ZITADEL_CA_FILE: path }));

      expect(message).to.contain("ZITADEL_CA_FILE").and.to.contain(path);
    }
  });
});
