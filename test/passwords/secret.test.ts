// A secret shows its value to nobody who does not ask for it by name.
import { format, inspect } from "node:util";
import { expect } from "chai";
import { Secret } from "../../src/secret.ts";

const VALUE = "hunter2-hunter2";

describe("a secret", () => {
  const secret = new Secret(VALUE);
  const ways: Readonly<Record<string, () => string>> = {
    "a template string": () => `${secret}`,
    concatenation: () => "" + secret,
    "String()": () => String(secret),
    "JSON.stringify": () => JSON.stringify(secret),
    "JSON.stringify of what holds it": () => JSON.stringify({ a: [{ secret }] }, null, 2),
    "util.inspect": () => inspect(secret),
    "util.inspect of what holds it": () => inspect({ a: { secret } }, { depth: null }),
    "util.inspect with everything shown": () =>
      inspect(secret, { showHidden: true, getters: true, depth: null }),
    "util.inspect without custom forms": () => inspect(secret, { customInspect: false }),
    "util.format": () => format("%s %o %O %j", secret, secret, secret, secret),
    "an error's message": () => String(new Error(`refused: ${secret}`).stack),
    "an error's cause": () => inspect(new Error("refused", { cause: secret })),
    "an error's fields": () => inspect(Object.assign(new Error("refused"), { secret })),
    "its own keys": () => JSON.stringify(Reflect.ownKeys(secret)),
    "a spread copy": () => JSON.stringify({ ...secret }),
    "a structured clone": () => inspect(structuredClone(secret)),
  };

  for (const [way, print] of Object.entries(ways)) {
    it(`is not printed by ${way}`, () => {
      expect(print()).to.not.contain(VALUE);
    });
  }

  it("says that it is one", () => {
    expect(inspect({ secret })).to.contain("[redacted]");
    expect(JSON.stringify({ secret })).to.equal('{"secret":"[redacted]"}');
  });

  it("is revealed on request", () => {
    expect(secret.reveal()).to.equal(VALUE);
  });
});
