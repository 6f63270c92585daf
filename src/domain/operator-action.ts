// Who changes the queue and why, for the audit log.

export interface OperatorAction {
  /** Identifies everything that one command did. */
  readonly id: string;
  readonly actor: string;
  readonly reason: string | null;
}
