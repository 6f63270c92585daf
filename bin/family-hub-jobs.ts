#!/usr/bin/env node
// Loads .env quietly, calls main, sets the exit code: nothing else.
import { existsSync } from "node:fs";
import { main } from "../src/main.ts";

if (existsSync(".env")) {
  const { loadDotenv } = await import("../src/config/dotenv.ts");
  loadDotenv(".env", process.env);
}
// A pipe that closes early (`| head`) is no error, and must not end a run in the middle.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
process.exitCode = await main(process.argv.slice(2), process.env, process);
