// A point in time as people write it: a date, or how long ago.

/** A point in time, or a time before now. */
export type Moment = Date | { readonly agoMs: number };
