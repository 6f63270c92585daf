// Decrypts the passwords of a large claim in a thread, while the run calls Zitadel for the jobs before them.
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Secret } from "../secret.ts";
import type { OpenedEnvelope } from "./envelope.ts";
import type { KeyRing } from "./key-ring.ts";
import { openEnvelope, type OpenResult } from "./open-envelope.ts";

export interface EnvelopeOpener {
  /** Begins with these, if they are many. */
  openAhead(this: void, jobs: readonly SealedJob[]): void;
  /**
   * As openEnvelope, which it calls itself unless the thread has been faster.
   * @throws ConfigError as openEnvelope does
   */
  open(this: void, job: SealedJob): OpenResult;
  /** Ends the thread, and forgets what was opened. */
  close(this: void): void;
}

export interface SealedJob {
  readonly id: string;
  readonly encryptedPassword: string;
}

/** What the thread answers. Of an envelope that does not decrypt, it leaves the reason to `openEnvelope`. */
export interface OpenedJob extends SealedJob {
  readonly kind: OpenedEnvelope["kind"];
  readonly text: string;
}

/** Decrypting fewer takes less time than starting a thread. */
const MANY = 50;

/** @param startThread null if there is no processor for a second thread */
export function createEnvelopeOpener(
  ring: KeyRing,
  startThread = availableParallelism() > 1 ? startOpening : null,
): EnvelopeOpener {
  /** What the run has not asked for yet; null until the thread has opened it. */
  const ahead = new Map<string, OpenedJob | null>();
  let thread: Worker | null = null;
  let usable = startThread !== null;

  /** Without the thread, the run decrypts the passwords itself. */
  function start(): Worker | null {
    try {
      const started = startThread?.(ring) ?? null;
      started?.on("message", (opened: readonly OpenedJob[]) => {
        for (const job of opened) if (ahead.has(job.id)) ahead.set(job.id, job);
      });
      // Such as too little memory for it.
      started?.on("error", () => (usable = false));
      started?.unref();
      return started;
    } catch {
      // Node throws where a process may have no more threads (`TasksMax` of systemd, a limit of pids).
      usable = false;
      return null;
    }
  }

  return {
    openAhead: (jobs) => {
      if (!usable || jobs.length < MANY) return;
      for (const { id } of jobs) ahead.set(id, null);
      thread ??= start();
      thread?.postMessage(jobs.map(({ id, encryptedPassword }) => ({ id, encryptedPassword })));
    },
    open: (job) => {
      const opened = ahead.get(job.id);
      ahead.delete(job.id);
      if (opened?.encryptedPassword !== job.encryptedPassword) {
        return openEnvelope(job.encryptedPassword, job.id, ring);
      }
      return { kind: "opened", content: { kind: opened.kind, value: new Secret(opened.text) } };
    },
    close: () => {
      usable = false;
      ahead.clear();
      void thread?.terminate();
    },
  };
}

/** The build's; from the sources, too, because tsx compiles no file of a thread. */
function startOpening(ring: KeyRing): Worker {
  const folder = import.meta.url.endsWith(".ts") ? "../../dist/bin" : ".";
  return new Worker(new URL(`${folder}/open-ahead-thread.js`, import.meta.url), {
    workerData: ring.text.reveal(),
    // It needs none, and could not print secrets of it.
    env: {},
    resourceLimits: { maxYoungGenerationSizeMb: 1, maxOldGenerationSizeMb: 16 },
  });
}
