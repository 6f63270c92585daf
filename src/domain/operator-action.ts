// Who acts on the queue and why, as the audit keeps it.

export interface OperatorAction {
  /** Names everything that one command did. */
  readonly id: string;
  readonly actor: string;
  readonly reason: string | null;
}
