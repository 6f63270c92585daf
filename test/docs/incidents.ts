// What is planted before a section of a document is executed, for it to have something to show.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { givenJob } from "../support/given.ts";
import { testRingFile } from "../support/root-hooks.ts";
import type { Scene } from "../support/scene.ts";

export interface Place {
  readonly scene: Scene;
  /** Where the commands are typed. */
  readonly folder: string;
}

/** @returns settings beside those of the scene */
export type Incident = (place: Place) => Promise<Readonly<Record<string, string>> | void>;

export const INCIDENTS: Readonly<Record<string, Incident>> = {
  'docs/privacy.md, "Somebody asks what we have of them (15)"': async ({ scene }) => {
    await givenJob(scene.db, { username: "kim_smith" });
  },
  'docs/security.md, "Rotating a key"': async ({ folder }) => {
    await copyFile(testRingFile(), join(folder, "ring.json"));
  },
};
