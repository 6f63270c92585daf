// The thread of open-ahead.ts: takes lists of jobs, and answers with those that it could decrypt.
import { parentPort, workerData } from "node:worker_threads";
import { Secret } from "../secret.ts";
import { parseKeyRing } from "./key-ring.ts";
import type { OpenedJob, SealedJob } from "./open-ahead.ts";
import { openEnvelope } from "./open-envelope.ts";

const ring = parseKeyRing(new Secret(workerData as string), "the key ring");

parentPort?.on("message", (jobs: readonly SealedJob[]) => {
  parentPort?.postMessage(
    jobs.flatMap((job): OpenedJob[] => {
      const { id, encryptedPassword } = job;
      const opened = openEnvelope(encryptedPassword, id, ring);
      if (opened.kind !== "opened") return [];
      const { kind, value } = opened.content;
      return [{ id, encryptedPassword, kind, text: value.reveal() }];
    }),
  );
});
