// The shells that have completion. A separate file, so that help does not load the scripts.
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];
