// What `keys list` looks like on terminals of several widths.
import { expect } from "chai";
import { generateKey } from "../../src/passwords/generate.ts";
import { fixedId } from "../support/given-screen.ts";
import { givenJobUnder, ringEnv } from "../support/given-keys.ts";
import { atTerminalOf } from "../support/at-terminal.ts";
import { setScene } from "../support/scene.ts";

describe("the screen of keys list", () => {
  const scene = setScene();

  async function look(columns: number, ...args: string[]) {
    const [first, old] = [await generateKey("EC"), await generateKey("oct")];
    const keys = [
      { ...first, kid: "2026-02" },
      { ...old, kid: "a-kid-that-is-as-long-as-the-thumbprints-of-rfc-7638" },
    ] as const;
    await givenJobUnder(scene.db, keys[0], { id: fixedId(1) });
    await givenJobUnder(scene.db, keys[0], { id: fixedId(2), status: "failed" });
    const ring = ringEnv(...keys);
    return atTerminalOf({ columns }, ["keys", "list", ...args], { ...scene.env, ...ring });
  }

  it("leaves out what matters least at 60 columns, and breaks its notes", async () => {
    const { text } = await look(60);

    expect(text).to.equal(
      `
KID
2026-02
a-kid-that-is-as-long-as-the-thumbprints-of-rfc-7638

Can be removed once FamilyHub's API no longer encrypts with
them: a-kid-that-is-as-long-as-the-thumbprints-of-rfc-7638
No room for TYPE, STATE, WAITING, FAILED: -o wide shows all.`.slice(1),
    );
  });

  it("makes a block of each key with -o wide at 60 columns", async () => {
    const { text } = await look(60, "-o", "wide");

    expect(text).to.equal(
      `
KID      2026-02
TYPE     EC P-256
STATE    encrypts
WAITING  1
FAILED   1

KID      a-kid-that-is-as-long-as-the-thumbprints-of-rfc-763
8
TYPE     oct 256
STATE    decrypts
WAITING  0
FAILED   0

Can be removed once FamilyHub's API no longer encrypts with
them: a-kid-that-is-as-long-as-the-thumbprints-of-rfc-7638`.slice(1),
    );
  });

  it("leaves little out at 80 columns", async () => {
    const { text } = await look(80);

    expect(text).to.equal(
      `
KID                                                   STATE     WAITING  FAILED
2026-02                                               encrypts  1        1
a-kid-that-is-as-long-as-the-thumbprints-of-rfc-7638  decrypts  0        0

Can be removed once FamilyHub's API no longer encrypts with them:
a-kid-that-is-as-long-as-the-thumbprints-of-rfc-7638
No room for TYPE: -o wide shows all.`.slice(1),
    );
  });

  it("shows everything at 200 columns", async () => {
    const { text } = await look(200);

    expect(text).to.equal(
      `
KID                                                   TYPE      STATE     WAITING  FAILED
2026-02                                               EC P-256  encrypts  1        1
a-kid-that-is-as-long-as-the-thumbprints-of-rfc-7638  oct 256   decrypts  0        0

Can be removed once FamilyHub's API no longer encrypts with them: a-kid-that-is-as-long-as-the-thumbprints-of-rfc-7638`.slice(
        1,
      ),
    );
  });
});
