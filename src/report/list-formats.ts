// How a list can be printed. A file of its own, because the program's help must not load tables.
export const LIST_FORMATS = ["table", "wide", "json", "jsonl", "csv", "name"] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];
