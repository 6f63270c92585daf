// crontab.example under Debian's real cron for some minutes: what runs, and what is mailed.
import { chmod, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { expectNoCanary } from "../support/canaries.ts";
import { CHECKOUT } from "../support/documents.ts";
import { givenInvitation, givenJob, readJob } from "../support/given.ts";
import { installPackage, type Installed } from "../support/installed.ts";
import { testRingFile } from "../support/test-server.ts";
import { setScene } from "../support/scene.ts";
import { startCron, type Cron } from "./private-cron.ts";

/** What a command said, without the headers of its mail. */
const message = (mail: string | undefined) => mail?.trim().split("\n\n")[1];

/** A minute, and what a slow machine needs in addition. */
const NEXT_MINUTE_MS = 90_000;

describe("crontab.example under Debian's cron", function () {
  this.timeout(15 * 60_000);
  const scene = setScene();
  let installed: Installed;
  let cron: Cron;
  before(async () => {
    installed = await installPackage();
    // The crontab's user must reach it.
    await chmod(dirname(installed.prefix), 0o755);
  });
  after(() => installed?.remove());
  afterEach(() => cron?.stop());

  /** As shipped, but for the address of Zitadel, and each day's lines run each minute. */
  async function crontab(): Promise<string> {
    const text = await readFile(`${CHECKOUT}crontab.example`, "utf8");
    return text
      .replace(/^ZITADEL_URL=.*$/m, `ZITADEL_URL=${scene.zitadel.url}`)
      .replace(/^ +\d+ +\d+ +\* /gm, "  *  *  * ");
  }

  /** Waits until each of the three commands has run once more, from begin to end. */
  async function nextMinute(): Promise<void> {
    const [{ now }] = (await scene.db.query<{ now: Date }>("select now()")) as [{ now: Date }];
    const giveUp = performance.now() + NEXT_MINUTE_MS;
    for (;;) {
      const ended = await scene.db.query<{ command: string }>(
        `select distinct command from family_hub_jobs.runs
         where started_at > $1 and finished_at is not null`,
        [now],
      );
      if (ended.length === 3) return;
      if (performance.now() > giveUp) {
        const mails = (await cron.mails()).join("\n");
        throw new Error(`cron ran ${JSON.stringify(ended)} only, and mailed: ${mails}`);
      }
      await sleep(500);
    }
  }

  it("mails nothing while everything works, a failed job once, and an outage while it lasts", async () => {
    const { db, zitadel } = scene;
    const secrets = {
      "database-url": db.url,
      "zitadel-key.json": JSON.stringify(zitadel.serviceKey),
      "password-keys.json": await readFile(testRingFile(), "utf8"),
    };
    cron = await startCron({
      ...{ crontab: await crontab(), secrets },
      programs: join(installed.prefix, "bin"),
    });
    /** Of the minutes before the last, whose mails may still be under way. */
    const mailed: string[] = [];
    const newMails = async () => {
      const all = await cron.mails();
      const fresh = all.slice(mailed.length);
      mailed.push(...fresh);
      return fresh;
    };

    const good = await givenJob(db, { username: "kim_smith" });
    await givenInvitation(db, { expiresAt: "now() - interval '40 days'" });
    await nextMinute();
    expect((await readJob(db, good.id)).status).to.equal("completed");
    expect(await db.query("select from auth.family_member_invitations")).to.deep.equal([]);

    const bad = await givenJob(db, { username: "lee_smith", encryptedPassword: "garbage" });
    await nextMinute();
    expect((await readJob(db, bad.id)).status).to.equal("failed");
    await nextMinute();
    const [first, ...others] = await newMails();
    expect(others).to.deep.equal([]);
    expect(first)
      .to.match(/^To: oncall@example\.com$/m)
      .and.match(/^Subject: Cron <family-hub-jobs@/m);
    expect(first).to.include("job failed").and.to.include(bad.id);

    const waiting = await givenJob(db, { username: "max_smith" });
    await zitadel.control.setDown(true);
    await nextMinute();
    await nextMinute();
    await zitadel.control.setDown(false);
    await nextMinute();
    expect((await readJob(db, waiting.id)).status).to.equal("completed");
    const [outage, ...later] = await newMails();
    expect(message(outage)).to.match(/^family-hub-jobs: retry-accounts unavailable: .*$/);

    await nextMinute();
    // That it works again is mailed by then; the quiet minute after it adds nothing.
    const [recovery, ...none] = [...later, ...(await newMails())];
    expect(none).to.deep.equal([]);
    expect(message(recovery)).to.match(
      /^family-hub-jobs: retry-accounts works again after the problem since /,
    );
    await nextMinute();
    expect(await newMails()).to.deep.equal([]);
    expectNoCanary("a mail of cron's", mailed.join("\n"));
  });
});
