#!/usr/bin/env node
// Loads .env quietly, calls main, ends with its exit code, and lets no error out that nobody caught.
import { statSync } from "node:fs";
import { describeBug } from "../src/bug-report.ts";
import { EXIT } from "../src/exit-codes.ts";
import { endOnSignals, main } from "../src/main.ts";

if (process.pid === 1) endOnSignals();
// Thrown where nobody waits, in a timer or a listener. Node would print its message as well.
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error: unknown) => {
    process.stderr.write(describeBug(error));
    process.exit(EXIT.bug);
  });
}
// The build is CommonJS, which cannot wait at the top.
async function start(): Promise<void> {
  // Whoever presses TAB did not ask for anything to be run in this directory.
  const asked = process.argv[2] !== "__complete";
  if (asked && isFile(".env")) {
    const { loadDotenv } = await import("../src/config/dotenv.ts");
    const unread = loadDotenv(".env", process.env);
    if (unread !== null) process.stderr.write(`family-hub-jobs: ${unread}.\n`);
  }
  // A pipe that closes early (`| head`) is no error, and must not end a run in the middle.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
  process.exitCode = await main(process.argv.slice(2), process.env, process);
  await Promise.all([process.stdout, process.stderr].map(written));
  // An error of what was written last is heard first, and then ends the process by itself.
  setImmediate(() => process.exit());
}

/** No, too, in a folder that this user may not enter: there one stands after runuser in root's home. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

/**
 * Resolves when all that was printed has been taken, or cannot be any more. Only then may the
 * process be ended; otherwise a name server that is away would keep it for as long as it likes.
 */
async function written(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) await new Promise((resolve) => stream.write("", resolve));
}

void start();
