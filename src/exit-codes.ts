// The exit codes for scripts and schedulers, based on BSD's sysexits.
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

/** For the end of help. */
export const EXIT_IN_SHORT: Record<keyof typeof EXIT, string> = {
  ok: "done",
  fault: "a problem was found",
  usage: "wrong usage",
  unavailable: "Postgres or Zitadel unreachable",
  bug: "a bug",
  output: "output could not be written",
  tempfail:
    "stopped early, or the lock is held (a run then exits with 0, unless --fail-if-locked is set or the lock is old)",
  refused: "refused by Zitadel",
  config: "configuration or schema",
  sigint: "SIGINT",
  sigterm: "SIGTERM",
};

/** For the man page. */
export const EXIT_MEANINGS: Record<keyof typeof EXIT, string> = {
  ok: "Success. Also when nothing was due, or when another run holds the lock.",
  fault:
    "A problem was found: with --strict a job failed in this run, an ID was not found, you answered " +
    "no to a question, migrations are pending, the database refused some rows, or a job was deleted " +
    "while Zitadel created its account.",
  usage: "Wrong usage.",
  unavailable: "Postgres or Zitadel is unreachable. No job uses up a retry.",
  bug: "A bug in the tool.",
  output:
    "The output could not be written: disk full, or an input/output error. The work itself is done, " +
    "except that `queue add --generate` adds nothing when it cannot print the password.",
  tempfail:
    "Stopped early; the next run continues: rate limited, --max-duration, or lock lost. Or another run " +
    "holds the lock: with --fail-if-locked, or for longer than --max-lock-age.",
  refused: "Zitadel refused the credentials or a permission. No job uses up a retry.",
  config:
    "The configuration or the schema is wrong. Also when the ring lacks the key of a waiting job's " +
    "password (the run processed the other jobs).",
  sigint: "Interrupted by SIGINT: calls in flight were finished, other claimed jobs were released.",
  sigterm: "Interrupted by SIGTERM, in the same way.",
};
