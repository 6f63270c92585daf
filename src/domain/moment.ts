// A point in time as people name it: a date, or how long ago.

/** A point in time, or so long before now. */
export type Moment = Date | { readonly agoMs: number };
