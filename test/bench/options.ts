// The options of `npm run bench --`, and the sizes that they mean.
import { parseArgs } from "node:util";

export interface Sizes {
  /** Each goal is asked of each round. */
  readonly rounds: number;
  /** Due jobs, with Zitadel answering at once. */
  readonly drain: number;
  /** Due jobs, with Zitadel taking `slowCallMs` for each. */
  readonly slowDrain: number;
  readonly slowCallMs: number;
  /** Due jobs of a run that is killed, with Zitadel as slow. */
  readonly kill: number;
  /** How often each program that lasts a tenth of a second runs in a round. */
  readonly pairs: number;
  readonly idleTicks: number;
  /** How long an idle worker of a peer is watched. */
  readonly idleSeconds: number;
  /** Jobs in the table, growing; what is judged is the last size. */
  readonly tables: readonly number[];
  /** Rows of which a tenth is purged. */
  readonly purge: number;
  /** The same for the longest lock, which is watched for at least `watchedBatches`. */
  readonly purgeWatched: number;
  readonly watchedBatches: number;
  readonly rotate: number;
  /** Due jobs, few and many. */
  readonly memory: readonly [number, number];
}

const DEFAULT: Sizes = {
  rounds: 7,
  ...{ drain: 20_000, slowDrain: 2000, slowCallMs: 20, kill: 3000 },
  ...{ pairs: 15, idleTicks: 20, idleSeconds: 60 },
  tables: [10_000, 100_000, 1_000_000],
  purge: 1_000_000,
  purgeWatched: 1_000_000,
  watchedBatches: 300,
  rotate: 10_000,
  memory: [1000, 100_000],
};

const SIZES = {
  full: {
    ...DEFAULT,
    tables: [10_000, 100_000, 1_000_000, 10_000_000],
  },
  default: DEFAULT,
  /** Says nothing about speed: only that the benchmark itself works. */
  smoke: {
    rounds: 1,
    ...{ drain: 1000, slowDrain: 200, slowCallMs: 20, kill: 400 },
    ...{ pairs: 2, idleTicks: 3, idleSeconds: 5 },
    tables: [1000, 10_000],
    purge: 20_000,
    purgeWatched: 40_000,
    watchedBatches: 1,
    rotate: 2000,
    memory: [200, 2000],
  },
} satisfies Record<string, Sizes>;

export type Scale = keyof typeof SIZES;

export interface Options {
  readonly scale: Scale;
  readonly sizes: Sizes;
  /** Names of rows; empty for all. */
  readonly only: readonly string[];
  /** Measures nothing: prints the last results as docs/performance.md has them. */
  readonly markdown: boolean;
}

export const USAGE = `npm run bench                        every row, in about 40 minutes on two cores
npm run bench -- --full              tables of up to 10,000,000 rows, too
npm run bench -- --only drain,tick   some rows
npm run bench -- --rounds 3          fewer rounds
npm run bench -- --smoke             whether the benchmark works; its figures mean nothing
npm run bench -- --markdown          the last results, as docs/performance.md has them
`;

/** @throws Error saying what is not known */
export function readOptions(args: readonly string[], rows: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: "boolean", default: false },
      smoke: { type: "boolean", default: false },
      markdown: { type: "boolean", default: false },
      only: { type: "string", default: "" },
      rounds: { type: "string" },
    },
  });
  const scale = values.full ? "full" : values.smoke ? "smoke" : "default";
  const only = values.only.split(",").filter((name) => name !== "");
  const unknown = only.find((name) => !rows.includes(name));
  if (unknown !== undefined) throw new Error(`no row is called "${unknown}"; ${rows.join(", ")}`);
  const rounds = Number(values.rounds ?? SIZES[scale].rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error("--rounds must be 1 at least");
  return { scale, sizes: { ...SIZES[scale], rounds }, only, markdown: values.markdown };
}
