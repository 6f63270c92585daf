// Drains a backlog: ours, the peers, and a loop that only makes the calls.
import { spread, median, figure } from "../measure/spread.ts";
import { alternate } from "../measure/rounds.ts";
import type { Sizes } from "../options.ts";
import { atLeast, type Findings, type Row } from "../row.ts";
import { setDrainScene, type DrainScene } from "../stage/drain-scene.ts";
import type { Stage } from "../stage/stage.ts";

const PEERS = ["graphile-worker", "pg-boss fetch", "pg-boss work"] as const;
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
      "call loop": scene.callLoop,
      "open-and-call loop": scene.openAndCallLoop,
    },
    sizes.rounds,
  );
}

function judgeDrain(walls: Awaited<ReturnType<typeof raceDrains>>, sizes: Sizes): Findings {
  const rates = Object.fromEntries(
    Object.entries(walls).map(([name, ms]) => [name, ms.map((t) => (sizes.drain / t) * 1000)]),
  ) as typeof walls;
  const best = PEERS.toSorted((a, b) => median(rates[b]) - median(rates[a]))[0] ?? PEERS[0];
  const others = [...PEERS.filter((name) => name !== best), ...FLOORS];
  const aside = others.map((name) => `${name} ${figure(median(rates[name]))}`).join(", ");
  return {
    verdicts: [
      {
        what: `drain ${sizes.drain} due jobs, Zitadel at once`,
        ours: spread(rates.ours, "jobs/s"),
        theirs: `${best} ${spread(rates[best], "jobs/s")}; ${aside}`,
        ratio: median(rates.ours) / median(rates[best]),
        goal: atLeast(3),
        limit:
          `A loop that only opens the passwords and makes the calls does ${figure(median(rates["open-and-call loop"]))} ` +
          `jobs/s, ${figure(median(rates["open-and-call loop"]) / median(rates[best]))} times that peer: nobody can do more. ` +
          "What opens them, jose over WebCrypto, takes two fifths of a run's own processor time.",
        samples: rates,
      },
    ],
  };
}

/** With Zitadel as slow as it is, nobody can be faster than the calls. */
export const slowDrain: Row = {
  name: "slow-drain",
  run: async (stage: Stage, sizes: Sizes) => {
    const scene = await setDrainScene(stage, sizes.slowDrain, sizes.slowCallMs);
    try {
      const walls = await alternate(
        { ours: scene.ours, "call loop": scene.callLoop },
        sizes.rounds,
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
