#!/usr/bin/env node
// Loads .env quietly, calls main, sets the exit code: nothing else.
import { existsSync } from "node:fs";
import { main } from "../src/main.ts";

if (existsSync(".env")) {
  const { config } = await import("dotenv");
  config({ quiet: true });
}
// A pipe that closes early (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});
process.exitCode = await main(process.argv.slice(2), process.env, process);
