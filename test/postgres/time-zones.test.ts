// Times stay right, whatever the zones of server, session and host are.
import { expect } from "chai";
import type { Variant } from "../support/family-hub-schemas.ts";
import { givenJob, readJob } from "../support/given.ts";
import { moment, readEvents } from "../support/rows.ts";
import { setScene, type Scene } from "../support/scene.ts";

const ZONES = [
  { server: "America/St_Johns", session: "Asia/Tokyo", host: "Pacific/Auckland" },
  { server: "Asia/Kathmandu", session: "America/Los_Angeles", host: "America/Sao_Paulo" },
];

for (const variant of ["ef", "script"] as const) {
  for (const { server, session, host } of ZONES) {
    describe(`the ${variant} database in ${server}, session in ${session}, host in ${host}`, () => {
      const scene = setScene(variant);
      let env: Record<string, string>;

      beforeEach(async () => {
        const { name } = await scene.db.one<{ name: string }>("select current_database() as name");
        await scene.db.query(`alter database "${name}" set timezone to '${server}'`);
        const options = encodeURIComponent(`-c TimeZone=${session}`);
        env = { DATABASE_URL: `${scene.db.url}&options=${options}` };
      });

      // Node reads its zone again whenever this is set.
      const own = process.env["TZ"];
      before(() => (process.env["TZ"] = host));
      after(() => {
        if (own === undefined) delete process.env["TZ"];
        else process.env["TZ"] = own;
      });

      it("is what a process of its own finds there, too", async () => {
        const job = await givenJob(scene.db, { nextRetryAt: moment(variant, "-1 minute") });
        await givenJob(scene.db, { nextRetryAt: moment(variant, "1 minute") });

        const { report } = await scene.retry([], { ...env, TZ: host, PGTZ: session });

        expect(report).to.include({ due: 1, created: 1 });
        expect((await readJob(scene.db, job.id)).status).to.equal("completed");
        expect(Math.abs(Date.parse(report.startedAt) - Date.now())).to.be.below(60_000);
      });

      it("is the zone of the host in this process", () => {
        expect(Intl.DateTimeFormat().resolvedOptions().timeZone).to.equal(host);
        expect(new Date(0).getTimezoneOffset()).not.to.equal(0);
      });

      it("has the right jobs due, rescued and postponed", async () => {
        const due = await givenJob(scene.db, { nextRetryAt: moment(variant, "-1 minute") });
        const early = await givenJob(scene.db, { nextRetryAt: moment(variant, "1 minute") });
        const dead = await givenJob(scene.db, {
          ...{ status: "processing", updatedAt: moment(variant, "-6 minutes") },
        });
        const alive = await givenJob(scene.db, {
          ...{ status: "processing", updatedAt: moment(variant, "-4 minutes") },
        });
        await scene.zitadel.control.addFault({
          ...{ method: "CreateUser", match: { userId: due.id }, kind: "grpc", code: 13 },
        });

        const { report } = await scene.retry([], env);

        expect(report).to.include({ due: 1, rescued: 1, created: 1, retried: 1 });
        expect((await readJob(scene.db, early.id)).status).to.equal("pending");
        expect((await readJob(scene.db, alive.id)).status).to.equal("processing");
        expect(await secondsFromNow(scene, variant, "next_retry_at", due.id)).to.be.within(0, 61);
        expect(await secondsFromNow(scene, variant, "updated_at", due.id)).to.be.within(-60, 1);
        expect(await secondsFromNow(scene, variant, "updated_at", dead.id)).to.be.within(-60, 1);
        const [event] = await readEvents(scene.db);
        const createdMs = Date.parse(String(event?.payload["createdAt"]));
        expect(Math.abs(createdMs - Date.now())).to.be.below(60_000);
        expect(Math.abs(Date.parse(report.startedAt) - Date.now())).to.be.below(60_000);
      });

      it("shows, requeues and adds jobs at the right times", async () => {
        const job = await givenJob(scene.db, {
          ...{ status: "failed", createdAt: moment(variant, "-90 minutes") },
        });
        const family = ["--family", job.familyId, "--created-by", job.familyId];
        const add = ["queue", "add", "--username", "new_kid", "--name", "Kim", "--generate"];

        await scene.cli(["queue", "requeue", job.id], env);
        await scene.cli([...add, ...family], env);
        const [all, old, recent] = await Promise.all(
          [[], ["--until", "1h"], ["--since", "1h"]].map(async (filter) => {
            const { stdout } = await scene.cli(["queue", "list", "--json", ...filter], env);
            return (JSON.parse(stdout) as { jobs: Record<string, string>[] }).jobs;
          }),
        );
        const shown = await scene.cli(["queue", "show", job.id, "--json"], env);
        const { report } = await scene.retry([], env);

        expect(report).to.include({ due: 2, created: 2 });
        expect(old?.map(({ id }) => id)).to.deep.equal([job.id]);
        expect(recent?.map(({ username }) => username)).to.deep.equal(["new_kid"]);
        const ageS = (time: string | undefined) => (Date.now() - Date.parse(time ?? "")) / 1000;
        const [added, requeued] = all ?? [];
        expect(ageS(requeued?.["createdAt"])).to.be.within(5395, 5460);
        expect(ageS(requeued?.["nextRetryAt"])).to.be.within(-1, 60);
        expect(ageS(added?.["createdAt"])).to.be.within(-1, 60);
        const { timeline } = JSON.parse(shown.stdout) as { timeline: ChosenAction[] };
        const [made, action, next] = timeline;
        expect([made?.at, next?.at]).to.deep.equal([
          requeued?.["createdAt"],
          requeued?.["nextRetryAt"],
        ]);
        expect(action?.after?.nextRetryAt).to.equal(requeued?.["nextRetryAt"]);
        expect(action?.at).to.equal(requeued?.["nextRetryAt"]);
      });

      it("counts and explains by the right times", async () => {
        await givenJob(scene.db, { nextRetryAt: moment(variant, "-10 minutes") });
        const next = await givenJob(scene.db, { nextRetryAt: moment(variant, "5 minutes") });
        const read = async <T>(...args: string[]) =>
          JSON.parse((await scene.cli([...args, "--json"], env)).stdout) as T;

        const stats = await read<Record<string, string | number>>("queue", "stats");
        const { whyNotNow } = await read<{ whyNotNow: { text: string }[] }>(
          ...["queue", "show", next.id],
        );

        expect(stats).to.include({ due: 1 });
        expect(stats["oldestDueAgeSeconds"]).to.be.within(599, 660);
        const aheadS = (Date.parse(String(stats["nextDueAt"])) - Date.now()) / 1000;
        expect(aheadS).to.be.within(240, 301);
        expect(whyNotNow[0]?.text).to.match(/^It is postponed until \S+Z \(in [45]m\)\.$/);
      });
    });
  }
}

interface ChosenAction {
  readonly at: string;
  readonly after?: { readonly nextRetryAt: string };
}

/** Computed where the test's own connection stands, from the column as UTC. */
async function secondsFromNow(
  scene: Scene,
  variant: Variant,
  column: string,
  id: string,
): Promise<number> {
  const { seconds } = await scene.db.one<{ seconds: number }>(
    `select extract(epoch from ${column} - ${moment(variant, "0 seconds")})::float8 as seconds
     from auth.queued_managed_account_creations where id = $1`,
    [id],
  );
  return seconds;
}
