// Whether envelopes can be made by the thousand.
import { spawnSync } from "node:child_process";
import { expect } from "chai";

const MAKE_MANY = `
  import { generateKeyPairSync } from "node:crypto";
  import { ecdhJwe } from ${JSON.stringify(import.meta.resolve("../support/hand-made-jwe.ts"))};

  const jwk = { publicKeyEncoding: { format: "jwk" }, privateKeyEncoding: { format: "jwk" } };
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256", ...jwk });
  for (let made = 0; made < 6000; made += 1) ecdhJwe({ ...publicKey, kid: "k1" }, {}, "a password");
`;

describe("envelopes made by hand", () => {
  // In a process of its own: what waits for a lock of its own, usually within 3,000, cannot be ended by a timer.
  it("do not wait for ever for the lock of their ephemeral key", () => {
    const { signal, status } = spawnSync(
      process.execPath,
      ["--import", "tsx", "--max-semi-space-size=1", "--input-type=module", "--eval", MAKE_MANY],
      { timeout: 60_000, killSignal: "SIGKILL", encoding: "utf8" },
    );

    expect({ signal, status }).to.deep.equal({ signal: null, status: 0 });
  });
});
