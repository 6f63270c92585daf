// The flags that say how much is printed, and in which form.

export interface OutputFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
}
