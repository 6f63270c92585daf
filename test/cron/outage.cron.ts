// Which mails Debian's cron sends in hours of trouble, and what a dead-man switch hears meanwhile.
import { expect } from "chai";
import { expectNoCanary } from "../support/canaries.ts";
import { givenJob, readJob } from "../support/given.ts";
import { useWatcher } from "../support/watcher.ts";
import { startSimulatedCron, type SimulatedCron } from "./simulated-cron.ts";

/** An hour at which no purge runs. */
const BEGINS_MS = Date.UTC(2026, 0, 31, 6);

describe("cron's mails in hours of trouble", function () {
  this.timeout(60 * 60_000);
  const watcher = useWatcher();
  let cron: SimulatedCron;
  afterEach(() => cron?.close());

  async function start(change: Readonly<Record<string, string>> = {}): Promise<void> {
    const pings = { PING_URL: `${watcher.url}/retry-accounts` };
    cron = await startSimulatedCron(BEGINS_MS, { ...pings, ...change });
  }

  interface Lived {
    /** In which of these minutes a mail came, the first being 0. */
    readonly minutes: number[];
    /** Without their headers. */
    readonly texts: string[];
    readonly exitCodes: number[];
  }

  async function live(minutes: number): Promise<Lived> {
    const lived: Lived = { minutes: [], texts: [], exitCodes: [] };
    for (let minute = 0; minute < minutes; minute += 1) {
      const { exitCode, mails } = await cron.minute();
      expectNoCanary("a mail of cron's", mails.join("\n"));
      lived.exitCodes.push(exitCode);
      for (const mail of mails) {
        lived.minutes.push(minute);
        lived.texts.push(mail.trim().split("\n\n").slice(1).join("\n\n"));
      }
    }
    return lived;
  }

  /** What the dead-man switch heard at the ends of runs, each word once where it is repeated. */
  function heard(): string[] {
    const words = watcher.noted
      .map(({ path }) => path.split("?")[0] ?? "")
      .filter((path) => !path.endsWith("/start"))
      .map((path) => (path.endsWith("/fail") ? "fail" : "success"));
    return words.filter((word, at) => word !== words[at - 1]);
  }

  it("are five for three hours without Zitadel: when it begins, once an hour, when it is over", async () => {
    await start();
    await live(2);
    const { id } = await givenJob(cron.db, { username: "kim_smith" });
    await cron.control.setDown(true);
    const outage = await live(185);
    await cron.control.setDown(false);
    const after = await live(10);

    expect(new Set(outage.exitCodes)).to.deep.equal(new Set([69]));
    expect(outage.minutes).to.have.length(4);
    // A run's own start is some seconds into its minute.
    for (const [hour, minute] of outage.minutes.entries())
      expect(minute).to.be.within(hour * 60, hour * 60 + 1);
    expect(outage.texts[1]).to.match(/ \(since 2026-01-31T06:03Z, 6[12] runs\)/);
    expect(after.texts).to.have.length(1);
    expect(after.texts[0]).to.match(/ after the problem since 2026-01-31T06:03Z \(185 runs\)/);
    expect((await readJob(cron.db, id)).status).to.equal("completed");
    expect(heard()).to.deep.equal(["success", "fail", "success"]);
  });

  it("come each minute without Postgres, when a run cannot know about the minute before", async () => {
    await start();
    await live(2);
    await cron.losePostgres();
    const outage = await live(20);
    await cron.restorePostgres();
    const after = await live(2);

    expect(new Set(outage.exitCodes)).to.deep.equal(new Set([69]));
    expect(outage.minutes).to.deep.equal([...outage.exitCodes.keys()]);
    expect(after).to.deep.equal({ minutes: [], texts: [], exitCodes: [0, 0] });
    expect(heard()).to.deep.equal(["success", "fail", "success"]);
  });

  it("are none with an empty MAILTO, and the dead-man switch is still notified", async () => {
    await start({ MAILTO: "" });
    await live(2);
    await cron.losePostgres();
    const outage = await live(20);
    await cron.restorePostgres();
    await live(2);

    expect(outage.texts).to.deep.equal([]);
    expect(heard()).to.deep.equal(["success", "fail", "success"]);
  });
});
