// A host whose clock is a day off: time is the database's, so that nothing comes out differently.
import { expect } from "chai";
import type { Variant } from "../support/family-hub-schemas.ts";
import { givenInvitation, givenJob, readJob } from "../support/given.ts";
import { moment } from "../support/rows.ts";
import { setScene } from "../support/scene.ts";

const DAY_MS = 86_400_000;

/** For the process of the command only: every clock of JavaScript's is `ms` ahead. */
function clockOff(ms: number): { readonly NODE_OPTIONS: string } {
  const module = `
    const Real = Date;
    globalThis.Date = class Date extends Real {
      constructor(...given) {
        if (given.length === 0) super(Real.now() + ${ms});
        else super(...given);
      }
      static now() {
        return Real.now() + ${ms};
      }
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}` };
}

const CLOCKS = [
  ["a day ahead", clockOff(DAY_MS)],
  ["a day behind", clockOff(-DAY_MS)],
] as const;

for (const variant of ["ef", "script"] as const satisfies readonly Variant[]) {
  describe(`a host's clock, on the ${variant} database`, () => {
    const scene = setScene(variant);

    for (const [how, env] of CLOCKS) {
      it(`${how} lets queue list --since 2h and --until 2h part the jobs where they always do`, async () => {
        const young = await givenJob(scene.db, {
          ...{ status: "failed", createdAt: moment(variant, "-118 minutes") },
        });
        const old = await givenJob(scene.db, {
          ...{ status: "failed", createdAt: moment(variant, "-120 minutes -1 second") },
        });
        const list = async (...filter: string[]) =>
          (await scene.cli(["queue", "list", "-o", "name", ...filter], env)).stdout;

        const [since, until] = [await list("--since", "2h"), await list("--until", "2h")];

        expect({ since, until }).to.deep.equal({ since: `${young.id}\n`, until: `${old.id}\n` });
      });

      it(`${how} makes no other job due, stuck or rescued, and no other wait`, async () => {
        const due = await givenJob(scene.db, { nextRetryAt: moment(variant, "-1 second") });
        const early = await givenJob(scene.db, { nextRetryAt: moment(variant, "1 minute") });
        const held = { status: "processing" } as const;
        const dead = await givenJob(scene.db, {
          ...{ ...held, updatedAt: moment(variant, "-5 minutes -1 second") },
        });
        const alive = await givenJob(scene.db, {
          ...held,
          updatedAt: moment(variant, "-4 minutes"),
        });
        await scene.zitadel.control.addFault({
          ...{ method: "CreateUser", match: { userId: due.id }, kind: "grpc", code: 13 },
        });

        const listed = await scene.cli(["queue", "list", "-o", "name", "--due"], env);
        const stuck = await scene.cli(["queue", "list", "-o", "name", "--stuck"], env);
        const { code, report } = await scene.retry([], env);

        expect([listed.stdout, stuck.stdout]).to.deep.equal([`${due.id}\n`, `${dead.id}\n`]);
        expect(code).to.equal(0);
        expect(report).to.include({ due: 1, rescued: 1, created: 1, retried: 1 });
        expect((await readJob(scene.db, due.id)).waitS).to.equal(60);
        const { fresh } = await scene.db.one<{ fresh: boolean }>(
          `select updated_at between ${moment(variant, "-1 minute")} and ${moment(variant, "0 seconds")} as fresh
           from auth.queued_managed_account_creations where id = $1`,
          [due.id],
        );
        expect(fresh).to.equal(true);
        for (const time of [report.startedAt, report.finishedAt]) {
          expect(Math.abs(Date.parse(time) - Date.now())).to.be.below(60_000);
        }
        expect((await readJob(scene.db, early.id)).status).to.equal("pending");
        expect((await readJob(scene.db, alive.id)).status).to.equal("processing");
      });

      it(`${how} makes no other invitation old enough to be purged`, async () => {
        await givenInvitation(scene.db, {
          expiresAt: "now() - interval '30 days' + interval '1 minute'",
        });
        await givenInvitation(scene.db, {
          expiresAt: "now() - interval '30 days' - interval '1 second'",
        });

        const { stdout } = await scene.cli(["purge-invitations", "--json"], env);

        expect(JSON.parse(stdout)).to.include({ outcome: "completed", deleted: 1 });
      });
    }
  });
}
