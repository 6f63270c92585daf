// Loads .env quietly, calls main, ends with its exit code, and lets no error out that nobody caught.
import { statSync } from "node:fs";
import { describeBug } from "../src/bug-report.ts";
import { EXIT } from "../src/exit-codes.ts";
import { endOnSignals, main } from "../src/cli/main.ts";
import { createOutput } from "../src/terminal/output.ts";
import { standardStream } from "../src/terminal/standard-stream.ts";

if (process.pid === 1) endOnSignals();
const host = {
  get stdin() {
    return process.stdin;
  },
  stdout: standardStream(1),
  stderr: standardStream(2),
  process,
};
const complaints = createOutput(host.stderr);
// Errors in a timer or a listener. Node would print their message, which may be secret.
for (const event of ["uncaughtException", "unhandledRejection"]) {
  process.on(event, (error: unknown) => {
    complaints.write(describeBug(error));
    process.exit(EXIT.bug);
  });
}
// The build is CommonJS, which has no top-level await.
async function start(): Promise<void> {
  // Pressing TAB must not read a .env file of this directory.
  const asked = process.argv[2] !== "__complete";
  if (asked && isFile(".env")) {
    const { loadDotenv } = await import("../src/config/dotenv.ts");
    const unread = loadDotenv(".env", process.env);
    if (unread !== null) complaints.write(`family-hub-jobs: ${unread}.\n`);
  }
  // Otherwise an unreachable name server would keep the process alive.
  process.exit(await main(process.argv.slice(2), process.env, host));
}

/** Also false in a folder that this user may not enter, such as root's home after runuser. */
function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch {
    return false;
  }
}

void start();
