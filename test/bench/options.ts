// The options of `npm run bench --`, and the sizes that they mean.
import { parseArgs } from "node:util";

export interface Sizes {
  /** Due jobs, with Zitadel answering at once. */
  readonly drain: number;
  /** Due jobs, with Zitadel taking `slowCallMs` for each. */
  readonly slowDrain: number;
  readonly slowCallMs: number;
  readonly ticks: number;
  /** How long an idle worker of a peer is watched. */
  readonly idleSeconds: number;
  /** Jobs in the table, growing; what is judged is the last size. */
  readonly tables: readonly number[];
  /** Rows of which a tenth is purged. */
  readonly purge: number;
  readonly rotate: number;
  /** Due jobs, few and many. */
  readonly memory: readonly [number, number];
  readonly rounds: number;
  /** Those of the drains, which are compared in each round. */
  readonly drainRounds: number;
}

const COMMON = { drain: 20_000, slowDrain: 2000, slowCallMs: 20, drainRounds: 7 } as const;

const SIZES = {
  full: {
    ...COMMON,
    ticks: 40,
    idleSeconds: 180,
    tables: [10_000, 100_000, 1_000_000, 10_000_000],
    purge: 10_000_000,
    rotate: 100_000,
    memory: [1000, 100_000],
    rounds: 5,
  },
  default: {
    ...COMMON,
    ticks: 20,
    idleSeconds: 60,
    tables: [10_000, 100_000, 1_000_000],
    purge: 1_000_000,
    rotate: 20_000,
    memory: [1000, 100_000],
    rounds: 3,
  },
  /** Says nothing about speed: only that the benchmark itself works. */
  smoke: {
    ...{ drain: 1000, slowDrain: 200, slowCallMs: 20, ticks: 3, idleSeconds: 5 },
    tables: [1000, 10_000],
    purge: 20_000,
    rotate: 2000,
    memory: [200, 2000],
    rounds: 1,
    drainRounds: 1,
  },
} satisfies Record<string, Sizes>;

export type Scale = keyof typeof SIZES;

export interface Options {
  readonly scale: Scale;
  readonly sizes: Sizes;
  /** Names of rows; empty for all. */
  readonly only: readonly string[];
}

export const USAGE = `npm run bench                        every row, in about half an hour on two cores
npm run bench -- --full              the sizes of docs/performance.md, up to 10,000,000 rows
npm run bench -- --only drain,tick   some rows
npm run bench -- --rounds 9          more rounds, for narrower spreads
npm run bench -- --smoke             whether the benchmark works; its figures mean nothing
`;

/** @throws Error saying what is not known */
export function readOptions(args: readonly string[], rows: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: "boolean", default: false },
      smoke: { type: "boolean", default: false },
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
  const drainRounds = values.rounds === undefined ? SIZES[scale].drainRounds : rounds;
  return { scale, sizes: { ...SIZES[scale], rounds, drainRounds }, only };
}
