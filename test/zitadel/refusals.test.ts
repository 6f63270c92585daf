// What each refusal of Zitadel means for the job and for the run, by its error id.
import { expect } from "chai";
import { givenAccount, summary, useZitadel } from "../support/zitadel-adapter.ts";
import { REFUSALS, type Refusal } from "./refusals.ts";

describe("a refusal of Zitadel", () => {
  const zitadel = useZitadel();

  for (const refusal of REFUSALS) {
    const { grpcCode, id, text, meaning } = refusal;
    const name = `${grpcCode} ${id ?? "without an id"}, "${text}",`;

    it(`${name} is ${described(meaning)}`, async () => {
      const provider = await zitadel.connected();
      await zitadel.setFaults(answeredWith(refusal, true));

      const result = await provider.createAccount(givenAccount(), false);

      expect(summary(result)).to.deep.include({ ...meaning, grpcCode, zitadelErrorId: id || null });
      expect(await zitadel.count("GetUserByID")).to.be.within(...askings(meaning));
    });

    if (id === null || !id.includes("-")) continue;
    it(`${name} is ${described(meaning)} also where a proxy drops the detail`, async () => {
      const provider = await zitadel.connected();
      await zitadel.setFaults(answeredWith({ ...refusal, text: "Übersetzt!" }, false));

      const result = await provider.createAccount(givenAccount(), false);

      expect(summary(result)).to.deep.include({ ...meaning, grpcCode, zitadelErrorId: id });
    });
  }

  it("never lets what the server quotes into the message", async () => {
    const provider = await zitadel.connected();
    const account = givenAccount({ password: "Hunter2!Hunter2!" });
    const message = "could not store Hunter2!Hunter2! of Kim Smith";
    await zitadel.setFaults({ method: "CreateUser", kind: "raw-unknown", message });

    const result = await provider.createAccount(account, false);

    expect(JSON.stringify(result)).not.to.match(/Hunter2|Kim/);
  });

  it("names the field that the request validation refuses", async () => {
    const provider = await zitadel.connected();

    const result = await provider.createAccount(givenAccount({ username: "x".repeat(201) }), false);

    expect(result).to.have.nested.property("failure.code", "invalid_argument");
    expect(result)
      .to.have.nested.property("failure.message")
      .that.contains("CreateUserRequest.Username: value length must be between 1 and 200 runes");
  });

  for (const [what, fields, named] of [
    [
      "given name",
      { fullName: "\u00a0" },
      "SetHumanProfile.GivenName: value length must be between",
    ],
    [
      "email",
      { username: "kim smith@x" },
      "SetHumanEmail.Email: value must be a valid email address",
    ],
    [
      "hash",
      { hash: "$".repeat(201) },
      "HashedPassword.Hash: value length must be between 1 and 200",
    ],
  ] as const) {
    it(`names the innermost field and rule where the ${what} lies deep in the request`, async () => {
      const provider = await zitadel.connected();

      const result = await provider.createAccount(givenAccount(fields), false);

      expect(result).to.have.nested.property("failure.code", "invalid_argument");
      expect(result)
        .to.have.nested.property("failure.message")
        .that.contains(`the request was rejected: ${named}`);
    });
  }

  it("is read from the detail of version 5, too", async () => {
    const provider = await zitadel.connected();
    await zitadel.control.changeSettings({ slugs: { "COMMA-HuJf6": "user.password.too_short" } });

    const result = await provider.createAccount(givenAccount({ password: "Aa1!" }), false);

    expect(summary(result)).to.include({
      kind: "permanent",
      zitadelErrorId: "user.password.too_short",
    });
  });
});

function answeredWith({ grpcCode, id, text }: Refusal, detail: boolean) {
  const answer = { method: "CreateUser", kind: "grpc", code: grpcCode, message: text } as const;
  return id === null ? answer : { ...answer, id, detail };
}

/** Only where the account may exist is it asked for, so that a clear refusal costs one call. */
function askings({ kind }: Refusal["meaning"]): [number, number] {
  return kind === "transient" ? [1, 2] : [0, 0];
}

function described({ kind, code, stop }: Refusal["meaning"]): string {
  return stop === null ? `${kind} (${code})` : `not the job's fault, and the run ends as ${stop}`;
}
