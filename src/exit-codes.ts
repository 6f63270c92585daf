// The exit codes that scripts and schedulers rely on, after BSD's sysexits.
export const EXIT = {
  ok: 0,
  fault: 1,
  usage: 64,
  unavailable: 69,
  bug: 70,
  tempfail: 75,
  refused: 77,
  config: 78,
  sigint: 130,
  sigterm: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
