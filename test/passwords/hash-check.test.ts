// Which password hashes are sent to Zitadel, and which are refused before any call.
import bcrypt from "bcryptjs";
import { expect } from "chai";
import { checkHash } from "../../src/passwords/hash-check.ts";
import { hashPassword } from "../../src/passwords/hash.ts";
import { Secret } from "../../src/secret.ts";

const TAIL = "aLYFkieuqJyeynvptPTxpehSViui5WeAPuR2Xw1wui9CPHEaacmFq";

describe("a bcrypt hash", () => {
  for (const prefix of ["$2a$", "$2b$", "$2y$"]) {
    for (const cost of ["10", "12", "16"]) {
      it(`may begin with ${prefix}${cost}`, () => {
        expect(checkHash(`${prefix}${cost}$${TAIL}`)).to.deep.equal({
          kind: "valid",
          warning: null,
        });
      });
    }
  }

  it("is what `queue add --hash` makes, and what bcrypt libraries make", async () => {
    const made = [
      (await hashPassword(new Secret("Aa1!correct"))).reveal(),
      await bcrypt.hash("Aa1!correct", 10),
    ];

    expect(made.map(checkHash)).to.deep.equal(made.map(() => ({ kind: "valid", warning: null })));
  });

  for (const cost of ["04", "09"]) {
    it(`is taken with a warning at cost ${cost}, which it names`, () => {
      const checked = checkHash(`$2b$${cost}$${TAIL}`);

      expect(checked).to.have.property("kind", "valid");
      expect(checked)
        .to.have.property("warning")
        .that.includes(`cost ${Number(cost)}:`);
    });
  }

  for (const cost of ["00", "03", "17", "31", "99"]) {
    it(`is refused at cost ${cost}, which the reason names`, () => {
      const checked = checkHash(`$2b$${cost}$${TAIL}`);

      expect(checked).to.have.property("kind", "invalid");
      expect(checked)
        .to.have.property("reason")
        .that.includes(`cost is ${Number(cost)}:`);
    });
  }

  const broken = [
    "$2a$10$abc",
    `$2x$10$${TAIL}`,
    `$2$10$${TAIL}`,
    `$2b$1$${TAIL}`,
    `$2b$4$${TAIL}`,
    `$2b$12$${TAIL.slice(1)}`,
    `$2b$12$${TAIL}A`,
    `$2b$12$${TAIL}\n`,
    ` $2b$12$${TAIL}`,
    `$2b$12$${TAIL.slice(1)}+`,
    `$2b$12$${TAIL.slice(1)}é`,
    `2b$12$${TAIL}`,
  ];
  for (const hash of broken) {
    it(`is not ${JSON.stringify(hash)}; the reason says what one is and quotes nothing`, () => {
      const checked = checkHash(hash);

      expect(checked).to.have.property("kind", "invalid");
      expect(checked).to.have.property("reason").that.includes("53 characters");
      expect(JSON.stringify(checked)).to.not.include(TAIL.slice(5, 20)).and.not.include("abc");
    });
  }
});

describe("a hash of another kind, which Zitadel's operator may have enabled", () => {
  /** By passlib and crypt(3): each with its last character gone is none. */
  const valid = [
    "$argon2id$v=19$m=65536,t=1,p=4$d6SOdxdIip9BC7sM5H7PUQ$2E7OIz7C1NkMLOsXi5nSe5vfbthdc9N9SWVlArd200E",
    "$argon2i$v=19$m=4096,t=3,p=1$cmFuZG9tc2FsdGlzaGFyZA$YMvo8AUoNtnKYGqeODruCjHdiEbl1pKL2MsYy9VgU/E",
    "$scrypt$ln=16,r=8,p=1$cmFuZG9tc2FsdGlzaGFyZA$Rh+NnJNo1I6nRwaNqbDm6kmADswD1+7FTKZ7Ln9D8nQ",
    "$pbkdf2-sha256$12$cmFuZG9tc2FsdGlzaGFyZA$OFvEcLOIPFd/oq8egf10i.qJLI7A8nDjPLnolCWarQY",
    "$pbkdf2$12$cmFuZG9tc2FsdGlzaGFyZA$OFvEcLOIPFd/oq8egf10i.qJLI7",
  ];
  const ofFixedLength = [
    `$5$rounds=5000$saltsalt$${"a".repeat(43)}`,
    `$6$saltsalt$${"a".repeat(86)}`,
    "$1$kJ4QkJaQ$3EbD/pJddrq5HW3mpZ4KZ1",
    "$md5salted-suffix$pepper$X03MO1qnZdYdgyfeuILPmQ==",
    "5f4dcc3b5aa765d61d8327deb882cf99",
    "$P$Dabcdefgh3EbD/pJddrq5HW3mpZ4KZ1",
    `$S$D${"a".repeat(51)}`,
  ];
  for (const hash of [...valid, ...ofFixedLength]) {
    it(`is taken as it is: ${hash.slice(0, 16)}`, () => {
      expect(checkHash(hash)).to.deep.equal({ kind: "valid", warning: null });
    });
  }

  for (const hash of ofFixedLength) {
    it(`is refused where its end is missing: ${hash.slice(0, 16)}`, () => {
      expect(checkHash(hash.slice(0, -1))).to.have.property("kind", "invalid");
    });
  }

  const broken = [
    "",
    "Aa1!a-plain-password",
    "$argon2d$v=19$m=4096,t=3,p=1$cmFuZG9t$YMvo",
    "$argon2id$v=16$m=4096,t=3,p=1$cmFuZG9t$YMvo",
    "$argon2id$v=19$m=4096,t=3$cmFuZG9t$YMvo",
    "$scrypt$ln=16$cmFuZG9t$Rh",
    "$pbkdf2-md5$12$cmFuZG9t$OFvE",
    "$y$j9T$salt$hash",
  ];
  for (const hash of broken) {
    it(`is not ${JSON.stringify(hash)}, and the reason does not quote it`, () => {
      const checked = checkHash(hash);

      expect(checked).to.have.property("kind", "invalid");
      if (hash !== "") expect(JSON.stringify(checked)).to.not.include(hash.slice(0, 8));
    });
  }
});
