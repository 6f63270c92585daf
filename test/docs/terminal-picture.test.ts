// README's picture of a terminal shows what the commands print: with REWRITE_DOCS=1 it is drawn again.
import { readFile, writeFile } from "node:fs/promises";
import { expect } from "chai";
import { CHECKOUT } from "../support/documents.ts";
import {
  givenCreatedByHour,
  givenShownJobs,
  givenShownRuns,
  withFixedTimes,
} from "../support/given-screen.ts";
import { setScene } from "../support/scene.ts";
import { drawTerminal, typeAll } from "./terminal-picture.ts";

const PICTURE = `${CHECKOUT}docs/images/terminal.svg`;
const COLUMNS = 80;
const COMMANDS = ["queue stats", "queue list --since 30d"];

describe("README's picture of a terminal", () => {
  const scene = setScene();

  it("shows what the commands print", async () => {
    await givenShownJobs(scene.db);
    await givenShownRuns(scene.db);
    await givenCreatedByHour(scene.db, [2, 0, 0, 0, 1, 3, 6, 9, 7, 5, 4, 6, 8, 5, 3, 4, 6, 9, 12]);
    const session = await typeAll(COMMANDS, COLUMNS, scene.env);
    const drawn = withFixedTimes(drawTerminal(session, COLUMNS));

    if (process.env["REWRITE_DOCS"] === "1") await writeFile(PICTURE, drawn);

    expect(withoutHours(drawn)).to.equal(withoutHours(await readFile(PICTURE, "utf8")));
  });
});

/** Between planting and looking the clock may strike an hour. */
function withoutHours(text: string): string {
  return text.replace(/[▁-█]+/gu, "<hours>");
}
