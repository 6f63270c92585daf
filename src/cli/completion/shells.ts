// The shells that completion is made for. A file of its own, because help must not load the scripts.
export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];
