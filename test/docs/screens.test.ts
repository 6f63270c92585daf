// The pictures of ADR 9 show what the commands print now: with REWRITE_DOCS=1 they are drawn again.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";
import { CHARGED_JOB, givenOutage } from "../support/given-outage.ts";
import { withFixedTimes } from "../support/given-screen.ts";
import { setScene } from "../support/scene.ts";
import { drawTerminal, typeAll } from "./terminal-picture.ts";

const FOLDER = `${CHECKOUT}docs/images/screens`;
const COLUMNS = 80;

const SCREENS: Readonly<Record<string, string>> = {
  "queue-stats": "queue stats",
  "queue-list": "queue list --limit 12",
  runs: "runs",
  doctor: "doctor",
  "queue-errors": "queue errors",
  "queue-show": `queue show ${CHARGED_JOB.slice(0, 8)}`,
};

describe("the pictures of the screens", () => {
  const scene = setScene();

  for (const [name, command] of Object.entries(SCREENS)) {
    it(`show what ${command} prints in an outage`, async () => {
      await scene.zitadel.control.setDown(true);
      await givenOutage(scene.db);
      const session = await typeAll([command], COLUMNS, scene.env);
      const drawn = fixed(drawTerminal(session, COLUMNS));
      const file = `${FOLDER}/after-${name}.svg`;

      if (process.env["REWRITE_DOCS"] === "1") {
        await mkdir(FOLDER, { recursive: true });
        await writeFile(file, drawn);
      }

      expect(comparable(drawn)).to.equal(comparable(await readFile(file, "utf8")));
    });
  }
});

const CURSOR = Buffer.from('["-createdAt","2026-01-31T08:00:00.000000Z"')
  .toString("base64url")
  .repeat(3);

/** What differs from run to run, in the same length. */
function fixed(text: string): string {
  return withFixedTimes(text)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\dZ/g, "2026-01-31T08:00Z")
    .replace(/(?<=, key )[\w-]{8}(?=<)/g, "Virfx8Ot")
    .replace(/(?<=127\.0\.0\.1:)\d{5}/g, "43210")
    .replace(/WyIt[\w-]+|[\w-]{37,}/g, (cursor) => CURSOR.slice(0, cursor.length));
}

/** Between planting and looking the clock may strike an hour; another host has other checks. */
function comparable(text: string): string {
  return text
    .replace(/[▁-█]+/gu, "<hours>")
    .replace(/ textLength="\d+"/g, "")
    .replace(/\d+ (?=ok|skipped|warning|fault)/g, "");
}
