// The options of `npm run demo --`.
import { Refusal } from "./refusal.ts";

export interface Options {
  /** Leave the servers up after the checks, until a signal. */
  readonly keep: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run demo              shows the tool at work, checks what it did, cleans up
npm run demo -- --keep    afterwards leaves Postgres and Zitadel up until Ctrl-C
`;

/** @throws Refusal naming what is not known */
export function readOptions(args: readonly string[]): Options {
  const known = ["--keep", "--help", "-h"];
  const unknown = args.find((arg) => !known.includes(arg));
  if (unknown !== undefined) {
    throw new Refusal(64, `The demo does not know "${unknown}".\n${USAGE.trimEnd()}`);
  }
  return { keep: args.includes("--keep"), help: args.includes("--help") || args.includes("-h") };
}
