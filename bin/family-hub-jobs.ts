#!/usr/bin/env node
// Loads .env quietly, calls main, sets the exit code, and lets no error out that nobody caught.
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
  if (statSync(".env", { throwIfNoEntry: false })?.isFile() === true) {
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
}

void start();
