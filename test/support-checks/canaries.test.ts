// The guard over everything the suite prints and stores: it must itself be able to fail.
import { expect } from "chai";
import { atTerminal, atTerminalOf } from "../support/at-terminal.ts";
import {
  DATABASE_PASSWORD,
  expectNoCanary,
  plantCanary,
  TOKEN_PREFIX,
} from "../support/canaries.ts";
import { BINARY, runCli, spawnCli } from "../support/cli.ts";
import { givenFamily, givenJob } from "../support/given.ts";
import { printingTo } from "../support/printing-to.ts";
import { runProgram, setScene } from "../support/scene.ts";
import { wholeDatabase } from "../support/whole-database.ts";

describe("the guard against leaks", () => {
  const scene = setScene();
  const guarded = (text: string) => () => expectNoCanary("here", `before ${text} after`);

  it("finds every secret of the suite, also in base64, and does not show it", async () => {
    const { password } = await givenJob(scene.db);
    const { encryptedPassword } = await scene.db.one<{ encryptedPassword: string }>(
      'select encrypted_password as "encryptedPassword" from auth.queued_managed_account_creations',
    );
    const leaks = [
      ...[password, encryptedPassword, scene.zitadel.pat, DATABASE_PASSWORD],
      ...[scene.env["DATABASE_URL"] ?? "", `Bearer ${TOKEN_PREFIX}xyz`],
      ...[scene.zitadel.serviceKey.key, Buffer.from(`x${scene.zitadel.pat}`).toString("base64")],
    ];

    for (const leak of leaks) {
      expect(guarded(leak), leak).to.throw(/leaked into here, after: /);
      expect(guarded(leak)).not.to.throw(leak);
    }
    expect(guarded("nothing")).not.to.throw();
  });

  it("reads what a command prints, however a test runs it", async () => {
    plantCanary("a marked word", "canary-command");
    const args = ["canary-command"];
    const ways: Readonly<Record<string, () => Promise<unknown>>> = {
      runCli: () => runCli(args),
      spawnCli: () => spawnCli(args),
      runProgram: () => runProgram("sh", ["-c", 'exec "$0" canary-command', BINARY], {}),
      printingTo: () => printingTo({}, args),
      atTerminal: () => atTerminal(args, {}, () => Promise.resolve(null)),
      atTerminalOf: () => atTerminalOf({ columns: 80 }, args, {}),
    };

    for (const [way, run] of Object.entries(ways)) {
      const found = await run().then(
        () => "nothing",
        (error: Error) => error.message,
      );
      expect(found, way).to.include("a marked word leaked into what `");
    }
  });

  it("reads every table", async () => {
    plantCanary("a marked name", "canary-family-name");
    const id = await givenFamily(scene.db);
    await scene.db.query("update auth.families set name = 'canary-family-name' where id = $1", [
      id,
    ]);

    const dump = await wholeDatabase(scene.db);

    expect(() => expectNoCanary("a table", dump)).to.throw("a marked name leaked into a table");
    await scene.db.query("update auth.families set name = 'Smith'");
  });
});
