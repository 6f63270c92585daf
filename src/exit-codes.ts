// The exit codes that scripts and schedulers rely on, after BSD's sysexits.
export const EXIT = {
  ok: 0,
  fault: 1,
  usage: 64,
  unavailable: 69,
  bug: 70,
  output: 74,
  tempfail: 75,
  refused: 77,
  config: 78,
  sigint: 130,
  sigterm: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** For the last lines of help. */
export const EXIT_IN_SHORT: Record<keyof typeof EXIT, string> = {
  ok: "done",
  fault: "a fault",
  usage: "wrong usage",
  unavailable: "Postgres or Zitadel unreachable",
  bug: "a bug",
  output: "output could not be written",
  tempfail: "stopped early or locked",
  refused: "refused by Zitadel",
  config: "configuration or schema",
  sigint: "SIGINT",
  sigterm: "SIGTERM",
};

/** For the man page. */
export const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  ok: "It did its work; also when nothing was due, and when another run holds the lock.",
  fault:
    "A fault was found: --strict and a job failed in this run, an id was not found, a question was " +
    "answered with no, migrations are pending, the database refused rows that had to be left, or a " +
    "job was deleted while Zitadel was asked for it.",
  usage: "Wrong usage.",
  unavailable: "Postgres or Zitadel is unreachable. Nothing is charged to any job.",
  bug: "A bug in the tool.",
  output:
    "What was to be printed could not be written: disk full, input/output error. The work itself is " +
    "done, except that `queue add --generate` adds nothing when it cannot print the password.",
  tempfail:
    "Stopped early, the next run goes on: rate limited, --max-duration, lock lost; or the lock is " +
    "held, with --fail-if-locked or for longer than --max-lock-age.",
  refused: "Zitadel refused the credentials or a permission. Nothing is charged to any job.",
  config:
    "The configuration or the schema is wrong; also when a waiting job's password key is not in " +
    "the ring (the other jobs were worked).",
  sigint: "Interrupted by SIGINT: what was in flight is finished, the rest released.",
  sigterm: "Interrupted by SIGTERM, likewise.",
};
