// The command for the next page of a list: the same arguments with another cursor.
import { oneLine } from "../one-line.ts";

/**
 * @param typed the arguments of this page's command
 * @returns a line for a shell
 */
export function nextPageCommand(typed: readonly string[], cursor: string): string {
  const kept = typed.filter((arg, at) => !isCursor(arg) && !(typed[at - 1] === "--cursor"));
  return ["family-hub-jobs", ...kept, "--cursor", cursor].map(quoted).join(" ");
}

function isCursor(arg: string): boolean {
  return arg === "--cursor" || arg.startsWith("--cursor=");
}

function quoted(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${oneLine(arg).replaceAll("'", `'\\''`)}'`;
}
