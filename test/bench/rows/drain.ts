// Drains a backlog: ours, the peers, and a loop that only makes the calls.
import { figure, median, spread } from "../measure/spread.ts";
import { alternate, ratios } from "../measure/rounds.ts";
import type { Sizes } from "../options.ts";
import { atLeast, type Row, type Verdict } from "../row.ts";
import { setDrainScene, type DrainScene } from "../stage/drain-scene.ts";
import type { Stage } from "../stage/stage.ts";

const OUR_OPENER = ", our opener";
/** As far as they can be: opened with jose, as their users would, and with this tool's own code. */
const PEERS = ["graphile-worker", "pg-boss fetch", "pg-boss work"];
const HELPED = [`graphile-worker${OUR_OPENER}`, `pg-boss fetch${OUR_OPENER}`];
const FLOORS = ["call loop", "open-and-call loop"];

type Rates = Readonly<Record<string, readonly number[]>>;

/** With Zitadel answering at once, what a queue itself costs is all there is. */
export const drain: Row = {
  name: "drain",
  run: async (stage, sizes) => {
    const scene = await setDrainScene(stage, sizes.drain, 0);
    try {
      const rates = await raceDrains(scene, sizes);
      const what = `drain ${figure(sizes.drain)} due jobs, Zitadel at once`;
      return {
        verdicts: [
          besideBest(`${what}, peers decrypt with jose`, rates, PEERS, 1.2),
          besideBest(`${what}, peers decrypt with this tool's code`, rates, HELPED, 1),
        ],
      };
    } finally {
      await scene.strike();
    }
  },
};

async function raceDrains(scene: DrainScene, sizes: Sizes): Promise<Rates> {
  const walls = await alternate(
    {
      ours: scene.ours,
      "graphile-worker": () => scene.peer("graphile-worker", "drain"),
      "pg-boss fetch": () => scene.peer("pg-boss", "fetch"),
      "pg-boss work": () => scene.peer("pg-boss", "work"),
      [`graphile-worker${OUR_OPENER}`]: () => scene.peer("graphile-worker", "drain", "ours"),
      [`pg-boss fetch${OUR_OPENER}`]: () => scene.peer("pg-boss", "fetch", "ours"),
      "call loop": scene.callLoop,
      "open-and-call loop": scene.openAndCallLoop,
    },
    sizes.rounds,
  );
  return Object.fromEntries(
    Object.entries(walls).map(([name, ms]) => [name, ratesOf(ms, sizes.drain)]),
  );
}

function ratesOf(walls: readonly number[], jobs: number): number[] {
  return walls.map((ms) => (jobs / ms) * 1000);
}

/** In each round, the peer that was fastest in it. */
export function besideBest(
  what: string,
  rates: Rates,
  peers: readonly string[],
  goal: number,
): Verdict {
  const of = (name: string) => rates[name] ?? [];
  const ours = of("ours");
  const fastest = ours.map((_, round) => Math.max(...peers.map((peer) => of(peer)[round] ?? NaN)));
  const [best = "", ...others] = peers.toSorted((a, b) => median(of(b)) - median(of(a)));
  const aside = [...others, ...FLOORS].map((name) => `${plain(name)} ${figure(median(of(name)))}`);
  return {
    what,
    ours: spread(ours, "jobs/s"),
    theirs: `${plain(best)} ${spread(of(best), "jobs/s")}; ${aside.join(", ")}`,
    rounds: ratios(ours, fastest),
    goal: atLeast(goal),
    samples: rates,
  };
}

function plain(name: string): string {
  return name.replace(OUR_OPENER, "");
}

/** The cheapest an envelope can be: no key is agreed on, and Zitadel has nothing to hash. */
export const drainHashes: Row = {
  name: "drain-hashes",
  run: async (stage, sizes) => {
    const scene = await setDrainScene(stage, sizes.drain, 0, "hashes under a shared key");
    const walls = await besideCallLoop(scene, sizes);
    const ours = ratesOf(walls.ours, sizes.drain);
    const loop = ratesOf(walls["call loop"], sizes.drain);
    const verdict: Verdict = {
      what: `drain ${figure(sizes.drain)} due jobs, hashes under a shared key, Zitadel at once`,
      ours: spread(ours, "jobs/s"),
      theirs: `call loop ${spread(loop, "jobs/s")}`,
      rounds: ratios(ours, loop),
      goal: null,
      samples: { ours, "call loop": loop },
    };
    return { verdicts: [verdict] };
  },
};

/** With Zitadel as slow as it is, nobody can be faster than the calls. */
export const slowDrain: Row = {
  name: "slow-drain",
  run: async (stage: Stage, sizes: Sizes) => {
    const scene = await setDrainScene(stage, sizes.slowDrain, sizes.slowCallMs);
    const walls = await besideCallLoop(scene, sizes);
    const verdict: Verdict = {
      what: `drain ${figure(sizes.slowDrain)} jobs at ${sizes.slowCallMs} ms a call`,
      ours: spread(walls.ours, "ms"),
      theirs: `call loop ${spread(walls["call loop"], "ms")}`,
      rounds: ratios(walls["call loop"], walls.ours),
      goal: atLeast(0.97),
      samples: walls,
    };
    return { verdicts: [verdict] };
  },
};

async function besideCallLoop(scene: DrainScene, { rounds }: Sizes) {
  try {
    return await alternate({ ours: scene.ours, "call loop": scene.callLoop }, rounds);
  } finally {
    await scene.strike();
  }
}
