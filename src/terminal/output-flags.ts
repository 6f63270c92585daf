// The flags for how much is printed, and in which format.

export interface OutputFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}
