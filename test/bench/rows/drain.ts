// Drains a backlog: ours, the peers, and a loop that only makes the calls.
import { spread, median, figure } from "../measure/spread.ts";
import { alternate } from "../measure/rounds.ts";
import type { Sizes } from "../options.ts";
import { atLeast, type Findings, type Row, type Verdict } from "../row.ts";
import { setDrainScene, type DrainScene } from "../stage/drain-scene.ts";
import type { Stage } from "../stage/stage.ts";

/** As far as they can be: opened with jose, as their users would, and with this tool's own code. */
const PEERS = ["graphile-worker", "pg-boss fetch", "pg-boss work"] as const;
const HELPED = ["graphile-worker, our opener", "pg-boss fetch, our opener"] as const;
const FLOORS = ["call loop", "open-and-call loop"] as const;

/** With Zitadel answering at once, what a queue itself costs is all there is. */
export const drain: Row = {
  name: "drain",
  run: async (stage, sizes) => {
    const scene = await setDrainScene(stage, sizes.drain, 0);
    try {
      return judgeDrain(await raceDrains(scene, sizes), sizes);
    } finally {
      await scene.strike();
    }
  },
};

async function raceDrains(scene: DrainScene, sizes: Sizes) {
  return alternate(
    {
      ours: scene.ours,
      "graphile-worker": () => scene.peer("graphile-worker", "drain"),
      "pg-boss fetch": () => scene.peer("pg-boss", "fetch"),
      "pg-boss work": () => scene.peer("pg-boss", "work"),
      "graphile-worker, our opener": () => scene.peer("graphile-worker", "drain", "ours"),
      "pg-boss fetch, our opener": () => scene.peer("pg-boss", "fetch", "ours"),
      "call loop": scene.callLoop,
      "open-and-call loop": scene.openAndCallLoop,
    },
    sizes.drainRounds,
  );
}

function judgeDrain(walls: Awaited<ReturnType<typeof raceDrains>>, sizes: Sizes): Findings {
  const rates = Object.fromEntries(
    Object.entries(walls).map(([name, ms]) => [name, ms.map((t) => (sizes.drain / t) * 1000)]),
  ) as typeof walls;
  const beside = (peers: readonly (keyof typeof rates)[], goal: number): Verdict => {
    const [best = "pg-boss fetch", ...others] = peers.toSorted(
      (a, b) => median(rates[b]) - median(rates[a]),
    );
    const aside = [...others, ...FLOORS].map((name) => `${name} ${figure(median(rates[name]))}`);
    return {
      what: `drain ${sizes.drain} due jobs, Zitadel at once, beside ${peers === PEERS ? "peers with jose" : "peers with our opener"}`,
      ours: spread(rates.ours, "jobs/s"),
      theirs: `${best} ${spread(rates[best], "jobs/s")}; ${aside.join(", ")}`,
      ratio: median(rates.ours) / median(rates[best]),
      goal: atLeast(goal),
      samples: rates,
    };
  };
  return { verdicts: [beside(PEERS, 1.2), beside(HELPED, 1)] };
}

/** The cheapest an envelope can be: no key is agreed on, and Zitadel has nothing to hash. */
export const drainHashes: Row = {
  name: "drain-hashes",
  run: async (stage, sizes) => {
    const scene = await setDrainScene(stage, sizes.drain, 0, "hashes under a shared key");
    try {
      const walls = await alternate(
        { ours: scene.ours, "call loop": scene.callLoop },
        sizes.drainRounds,
      );
      const [ours, loop] = [walls.ours, walls["call loop"]].map((all) =>
        all.map((ms) => (sizes.drain / ms) * 1000),
      ) as [number[], number[]];
      return {
        verdicts: [
          {
            what: `drain ${sizes.drain} due jobs, hashes under a shared key, Zitadel at once`,
            ours: spread(ours, "jobs/s"),
            theirs: `call loop ${spread(loop, "jobs/s")}`,
            ratio: median(ours) / median(loop),
            goal: null,
            samples: { ours, "call loop": loop },
          },
        ],
      };
    } finally {
      await scene.strike();
    }
  },
};

/** With Zitadel as slow as it is, nobody can be faster than the calls. */
export const slowDrain: Row = {
  name: "slow-drain",
  run: async (stage: Stage, sizes: Sizes) => {
    const scene = await setDrainScene(stage, sizes.slowDrain, sizes.slowCallMs);
    try {
      const walls = await alternate(
        { ours: scene.ours, "call loop": scene.callLoop },
        sizes.drainRounds,
      );
      return {
        verdicts: [
          {
            what: `drain ${sizes.slowDrain} jobs at ${sizes.slowCallMs} ms a call`,
            ours: spread(walls.ours, "ms"),
            theirs: `call loop ${spread(walls["call loop"], "ms")}`,
            ratio: median(walls["call loop"]) / median(walls.ours),
            goal: atLeast(0.97),
            samples: walls,
          },
        ],
      };
    } finally {
      await scene.strike();
    }
  },
};
