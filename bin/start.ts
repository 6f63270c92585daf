#!/usr/bin/env node
// Starts the smallest program file that has the command.
import { loadProgram } from "./program.ts";

const SCHEDULED = ["retry-accounts", "purge-invitations", "purge-jobs"];

function programFor([command = "", verb]: readonly string[]): string {
  if (SCHEDULED.includes(command)) return "scheduled-commands";
  return command === "queue" && verb === "list" ? "queue-list" : "all-commands";
}

loadProgram(__dirname, programFor(process.argv.slice(2))).run();
