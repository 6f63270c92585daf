// Shows the tool at work on a family's queue, checks what it left behind, and cleans up after itself.
import { runChecks } from "./checks.ts";
import { claimEnvironmentFile } from "./environment-file.ts";
import { listenForEnd } from "./interruption.ts";
import { createNarrator } from "./narrator.ts";
import { readOptions, USAGE } from "./options.ts";
import { Refusal } from "./refusal.ts";
import { raiseStage } from "./stage.ts";
import { tellStory } from "./story.ts";

const HOLDS = 0;
const DOES_NOT_HOLD = 1;

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = readOptions(args);
    if (!options.help) return await demonstrate(options.keep);
    process.stdout.write(USAGE);
    return HOLDS;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
}

/** @returns the exit code, once every process and folder of the demo is gone */
async function demonstrate(keep: boolean): Promise<number> {
  const ending = listenForEnd();
  const narrator = createNarrator(process.stdout);
  const file = keep ? await claimEnvironmentFile() : null;
  const stage = raiseStage(narrator);
  const show = async () => {
    const set = await stage.ready;
    const evidence = await tellStory(set, narrator);
    return { set, allHold: await runChecks(evidence, set, narrator) };
  };
  try {
    const shown = await Promise.race([show(), ending.promise]);
    if ("signal" in shown) return shown.exitCode;
    if (file !== null) {
      await file.write(shown.set);
      narrator.heading("Postgres and Zitadel keep running");
      narrator.say(file.howToUse);
      await ending.promise;
    }
    return shown.allHold ? HOLDS : DOES_NOT_HOLD;
  } catch (error) {
    if (ending.reached() === null) narrator.stopped(error);
    return ending.reached()?.exitCode ?? DOES_NOT_HOLD;
  } finally {
    narrator.end(ending.reached() !== null);
    await stage.strike();
    await file?.remove();
  }
}
