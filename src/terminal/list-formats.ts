// The output formats of a list. A separate file, so that help does not load tables.
export const LIST_FORMATS = ["table", "wide", "json", "jsonl", "csv", "name"] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

/** For lists that nobody opens in a spreadsheet. */
export const PLAIN_FORMATS = ["table", "wide", "json", "jsonl", "name"] as const;
export type PlainFormat = (typeof PLAIN_FORMATS)[number];

/** For lists without additional columns. */
export const CAUSE_FORMATS = ["table", "json", "jsonl", "name"] as const;
export type CauseFormat = (typeof CAUSE_FORMATS)[number];
