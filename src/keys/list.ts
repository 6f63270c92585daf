// Counts the jobs that use each key of the ring, and finds keys that jobs need and the ring lacks.
import { namedKey } from "../passwords/envelope-header.ts";
import type { EnvelopeAlgorithm, KeyRing } from "../passwords/key-ring.ts";
import type { Queryable } from "../postgres/database.ts";
import { listEnvelopeHeaders, type EnvelopeHeader } from "./envelopes.sql.ts";

export interface KeyUse {
  readonly kid: string;
  /** null for a key that the ring lacks. */
  readonly type: "EC P-256" | "oct 256" | null;
  readonly encrypts: boolean;
  readonly inRing: boolean;
  /** Pending or processing jobs: a run will need the key. */
  readonly waiting: number;
  /** Failed jobs, and rows that runs skip: the key is needed if someone requeues them. */
  readonly failed: number;
}

export interface KeyList {
  /** The ring's keys in its order, then the missing ones by name. */
  readonly keys: readonly KeyUse[];
  /** Jobs whose password names no key, so nothing can decrypt it. */
  readonly unreadable: number;
}

const TYPES = { "ECDH-ES": "EC P-256", dir: "oct 256" } as const satisfies Record<
  EnvelopeAlgorithm,
  string
>;
const PAGE = 5000;

interface Tally {
  waiting: number;
  failed: number;
}

export async function listKeys(ring: KeyRing, db: Queryable): Promise<KeyList> {
  const uses = new Map<string, Tally>();
  let unreadable = 0;
  let page: EnvelopeHeader[];
  let after: EnvelopeHeader | null = null;
  do {
    page = await listEnvelopeHeaders(db, after, PAGE);
    for (const { header, status } of page) {
      const kid = namedKey(header);
      if (kid === null) unreadable += 1;
      else count(uses, kid, status);
    }
    after = page.at(-1) ?? null;
  } while (page.length === PAGE);
  return { keys: keysOf(ring, uses), unreadable };
}

function count(uses: Map<string, Tally>, kid: string, status: string): void {
  const tally = uses.get(kid) ?? { waiting: 0, failed: 0 };
  if (status === "pending" || status === "processing") tally.waiting += 1;
  else tally.failed += 1;
  uses.set(kid, tally);
}

function keysOf(ring: KeyRing, uses: ReadonlyMap<string, Tally>): KeyUse[] {
  const none: Tally = { waiting: 0, failed: 0 };
  const held = ring.keys.map(({ kid, alg }) => ({
    ...{ kid, type: TYPES[alg], encrypts: kid === ring.first.kid, inRing: true },
    ...(uses.get(kid) ?? none),
  }));
  const missing = [...uses.keys()].filter((kid) => ring.find(kid) === null).sort();
  const lacking = missing.map((kid) => ({
    ...{ kid, type: null, encrypts: false, inRing: false },
    ...(uses.get(kid) ?? none),
  }));
  return [...held, ...lacking];
}
