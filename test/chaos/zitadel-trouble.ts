// What goes wrong inside Zitadel while the runs work: names and ids of others, renames, keys, roles, its own database.
import { setTimeout as sleep } from "node:timers/promises";
import type { SettingsChange } from "../support/zitadel-emulator/index.ts";
import type { Random } from "./random.ts";
import type { RoundDatabase, Stage } from "./stage.ts";

/** An organization that the service account may not see. */
export const OUT_OF_SIGHT = "chaos-org-out-of-sight";

export interface ZitadelTrouble {
  /** Once a wave, before its runs. @returns how many things go wrong, at once or in a moment */
  begin(): Promise<number>;
  /**
   * Zitadel works as it should. What was taken, renamed or locked stays so: the runs that follow must
   * tell their own accounts from those of others.
   */
  end(): Promise<void>;
  /** Nobody else has a job's name or id any more. */
  giveBack(): Promise<void>;
  /** The jobs whose name or id somebody else has had. */
  readonly takenFrom: ReadonlySet<string>;
}

interface Job {
  readonly id: string;
  readonly username: string;
}

/** Each for a moment: DEFAULTS ends it. */
const PASSING: readonly SettingsChange[] = [
  { database: "gone" },
  { database: "read-only" },
  { database: "keys-unreadable" },
  { serviceKeyValid: false },
  { serviceAccountActive: false },
  { serviceAccountRole: "no-membership" },
  { serviceAccountRole: "read-only" },
  { unknownMethods: ["GetUserByLoginNameGlobal", "ListUserMetadata"] },
  { listLagMs: 400 },
];

const DEFAULTS: SettingsChange = {
  ...{ database: "up", serviceKeyValid: true, serviceAccountActive: true },
  ...{ serviceAccountRole: "user-manager", unknownMethods: [], listLagMs: 0 },
};

export function createZitadelTrouble(
  stage: Stage,
  db: RoundDatabase,
  random: Random,
): ZitadelTrouble {
  const { control } = stage.zitadel;
  const takenFrom = new Set<string>();
  const others: string[] = [];
  let under: Promise<unknown> = Promise.resolve();

  /** One after the other: what is there before the runs begin, or what comes while they work. */
  const plan = (work: () => Promise<void>) => {
    const atMs = random.chance(0.5) ? 0 : random.integer(100, 700);
    const done = under.then(() => sleep(atMs)).then(work);
    // The caller that awaits the end learns of a failure; until then nobody handles it.
    done.catch(() => undefined);
    under = done;
    return atMs === 0 ? done : Promise.resolve();
  };

  const someJobs = async (share: number, seed: number): Promise<Job[]> => {
    // Postgres may be down just now.
    const jobs = await db.query<Job>(SOME_JOBS, [share, seed]).catch(() => []);
    return jobs;
  };

  async function takeAway({ id, username }: Job, what: "name" | "id"): Promise<void> {
    const user =
      what === "name"
        ? { username, orgId: OUT_OF_SIGHT }
        : { userId: id, username: `other_${id}`, orgId: OUT_OF_SIGHT };
    // The job's own account may have it already.
    const added = await control.addUser(user).catch(() => null);
    if (added === null) return;
    takenFrom.add(id);
    others.push(added.userId);
  }

  async function change(job: Job, to: "renamed" | "inactive" | "locked"): Promise<void> {
    const account = await control.findUser({ userId: job.id });
    if (account === null || account.orgId !== stage.zitadel.orgId) return;
    const how = to === "renamed" ? { username: `renamed_${job.username}` } : { state: to };
    await control.changeUser({ userId: job.id, ...how });
  }

  const kinds = {
    taken: () => {
      const [seed, what] = [random.next(), random.pick(["name", "name", "id"] as const)];
      return plan(async () => {
        for (const job of await someJobs(0.3, seed)) await takeAway(job, what);
      });
    },
    changed: () => {
      const [seed, to] = [random.next(), random.pick(["renamed", "inactive", "locked"] as const)];
      return plan(async () => {
        for (const job of await someJobs(0.4, seed)) await change(job, to);
      });
    },
    "all renamed": () => {
      return plan(async () => {
        await control.changeSettings({ perOrgUsernames: true });
        await sleep(200);
        await control.changeSettings({ perOrgUsernames: false });
      });
    },
    passing: () => {
      const [settings, ms] = [random.pick(PASSING), random.integer(100, 600)];
      return plan(async () => {
        await control.changeSettings(settings);
        await sleep(ms);
        await control.changeSettings(DEFAULTS);
      });
    },
    "tokens revoked": () => {
      return plan(() => control.revokeTokens({ alsoPat: false }));
    },
  };

  const often = [...Object.values(kinds), kinds.passing];

  return {
    takenFrom,
    begin: async () => {
      const count = random.integer(0, 3);
      for (let index = 0; index < count; index += 1) await random.pick(often)();
      return count;
    },
    end: async () => {
      if (random.chance(0.5)) await kinds.changed();
      await under;
      await control.changeSettings(DEFAULTS);
    },
    giveBack: async () => {
      for (const userId of others) await control.deleteUser(userId);
    },
  };
}

/** $1 the share of all jobs, $2 which of them: the same ones for the same seed. */
const SOME_JOBS = `
  select q.id, q.username from auth.queued_managed_account_creations q
  where mod(abs(hashtext(q.username || $2::text))::numeric, 1000) < $1::numeric * 1000
  order by q.username`;
