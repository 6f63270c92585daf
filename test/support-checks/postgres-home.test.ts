// The folder in which a test's Postgres keeps its files.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect } from "chai";
import { useDirectory } from "../support/given-directory.ts";
import { makeHome } from "../support/postgres-home.ts";

describe("the folder of a test's Postgres", () => {
  const place = useDirectory();

  it("takes the place of one whose process was killed, and of no other", async () => {
    const killed = spawn("sleep", ["60"]);
    killed.kill("SIGKILL");
    await once(killed, "exit");
    const kept = [`family-hub-postgres-${process.ppid}-abcdef`, "family-hub-postgres-abcdef"];
    for (const name of [...kept, `family-hub-postgres-${killed.pid}-abcdef`]) {
      await mkdir(join(place(), name));
    }

    const home = await makeHome(place());

    expect(await readdir(place())).to.have.members([basename(home), ...kept]);
  });
});
