// What `-q` keeps silent, and what cron must mail all the same.
import { expect } from "chai";
import { givenJob } from "../support/given.ts";
import { setScene } from "../support/scene.ts";

describe("retry-accounts -q", () => {
  const scene = setScene();

  it("prints nothing about accounts that were created", async () => {
    await givenJob(scene.db);

    expect(await scene.cli(["retry-accounts", "-q"])).to.deep.equal({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  it("names the job that failed permanently, so that cron mails it", async () => {
    const job = await givenJob(scene.db, { encryptedPassword: "garbage" });

    const { code, stdout, stderr } = await scene.cli(["retry-accounts", "-q"]);

    expect(code).to.equal(0);
    expect(stdout).to.equal("");
    expect(stderr).to.include("job failed").and.to.include(job.id).and.to.include("undecryptable");
  });

  it("says why Zitadel stopped the run, and that the next one continues", async () => {
    for (let i = 0; i < 6; i += 1) await givenJob(scene.db);
    await scene.zitadel.control.setFaults([{ method: "CreateUser", kind: "grpc", code: 13 }]);

    const { code, stderr } = await scene.cli(["retry-accounts", "-q", "--concurrency", "1"]);

    expect(code).to.equal(69);
    expect(stderr).to.match(/too often in a row \(last: .*INTERNAL\)\)\. .*next run tries again/);
  });
});
