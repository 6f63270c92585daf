// The memory and the connections of a working run, with few jobs due and with many.
import { figure } from "../measure/spread.ts";
import { watchConnections } from "../measure/connections.ts";
import { atMost, type Row } from "../row.ts";
import { enqueueOurs, makeJobs } from "../stage/due-jobs.ts";
import type { Stage } from "../stage/stage.ts";
import { startInstantZitadel } from "../stage/zitadel.ts";

const LIMIT_MB = 128;
const MOST_CONNECTIONS = 3;

export const memory: Row = {
  name: "memory",
  run: async (stage, { memory: sizes }) => {
    const [few, many] = [await runOver(stage, sizes[0]), await runOver(stage, sizes[1])];
    const [fewDue, manyDue] = sizes.map(figure);
    const connections = Math.max(few.connections, many.connections);
    return {
      verdicts: [
        {
          what: `peak memory, ${manyDue} due jobs and ${fewDue}`,
          ours: `${figure(many.peakMb)} MB`,
          theirs: `with ${fewDue} due jobs ${figure(few.peakMb)} MB`,
          rounds: [many.peakMb / few.peakMb],
          goal: atMost(1.1),
          samples: { few: [few.peakMb], many: [many.peakMb] },
        },
        {
          what: `peak memory, ${manyDue} due jobs`,
          ours: `${figure(many.peakMb)} MB`,
          theirs: `limit ${LIMIT_MB} MB`,
          rounds: [many.peakMb / LIMIT_MB],
          goal: atMost(1),
          samples: { ours: [many.peakMb] },
        },
        {
          what: "Postgres connections of a run",
          ours: String(connections),
          theirs: `limit ${MOST_CONNECTIONS}`,
          rounds: [connections / MOST_CONNECTIONS],
          goal: atMost(1),
          samples: { ours: [connections] },
        },
      ],
      curves: [
        {
          what: "peak memory of a run",
          unit: "MB",
          sizeOf: "due jobs",
          points: [
            { size: sizes[0], cost: few.peakMb },
            { size: sizes[1], cost: many.peakMb },
          ],
        },
      ],
    };
  },
};

async function runOver(stage: Stage, due: number) {
  const db = await stage.copy(stage.template);
  const zitadel = await startInstantZitadel(0);
  try {
    await enqueueOurs(db, await makeJobs(due, stage.ring));
    const watch = await watchConnections(db);
    const { peakMb } = await stage.ours(["retry-accounts", "-q"], {
      ...zitadel.env,
      DATABASE_URL: db.url,
    });
    return { peakMb, connections: await watch.most() };
  } finally {
    await zitadel.stop();
    await db.drop();
  }
}
