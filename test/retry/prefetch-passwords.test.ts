// Passwords of the jobs that come next are opened before they are asked for, and only once.
import { expect } from "chai";
import type { ClaimedJob } from "../../src/domain/job.ts";
import type { KeyRing } from "../../src/passwords/key-ring.ts";
import { prefetchPasswords } from "../../src/retry/prefetch-passwords.ts";

const RING = {} as KeyRing;
const JOB: ClaimedJob = {
  ...{ id: "a", encryptedPassword: "sealed", username: "kim", fullName: "Kim Smith" },
  ...{ familyId: "f", family: "present", usernameHeld: false, role: "managed_account" },
  ...{ createdByUserId: "u", createdAt: new Date(), retryCount: 0 },
};

describe("opening ahead", () => {
  it("opens a password when it is told of the job, and hands that out", async () => {
    const opened: string[] = [];
    const passwords = prefetchPasswords(async (_jwe, id) => {
      opened.push(id);
      return { kind: "key-missing", kid: id };
    }, RING);

    passwords.begin(JOB);
    passwords.begin(JOB);
    const before = [...opened];
    const result = await passwords.open("sealed", "a", RING);

    expect({ before, after: opened }).to.deep.equal({ before: ["a"], after: ["a"] });
    expect(result).to.deep.equal({ kind: "key-missing", kid: "a" });
  });

  it("opens what it was not told of, and a job that comes a second time", async () => {
    const opened: string[] = [];
    const passwords = prefetchPasswords(async (_jwe, id) => {
      opened.push(id);
      return { kind: "key-missing", kid: id };
    }, RING);

    await passwords.open("sealed", "b", RING);
    passwords.begin(JOB);
    await passwords.open("sealed", "a", RING);
    await passwords.open("sealed anew", "a", RING);

    expect(opened).to.deep.equal(["b", "a", "a"]);
  });

  it("does not open what will not be asked for, and keeps nothing after the last attempt", async () => {
    const opened: string[] = [];
    const passwords = prefetchPasswords(async (_jwe, id) => {
      opened.push(id);
      return { kind: "key-missing", kid: id };
    }, RING);

    passwords.begin({ ...JOB, id: "unsound", family: "missing" });
    passwords.begin(JOB);
    passwords.forget();
    await passwords.open("sealed", "a", RING);

    expect(opened).to.deep.equal(["a", "a"]);
  });

  it("tells a failure to whoever asks, and troubles nobody when nobody does", async () => {
    const passwords = prefetchPasswords(() => Promise.reject(new Error("no such key")), RING);

    passwords.begin(JOB);
    passwords.begin({ ...JOB, id: "never asked for" });
    const failure = await passwords
      .open("sealed", "a", RING)
      .catch((error: Error) => error.message);

    expect(failure).to.equal("no such key");
  });
});
