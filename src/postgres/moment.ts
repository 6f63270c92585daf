// Points in time as people name them, by the database's clock.

/** A point in time, or so long before now. */
export type Moment = Date | { readonly agoMs: number };

/** SQL for it. */
export function moment(at: Moment, bind: (value: unknown) => string): string {
  if (at instanceof Date) return `${bind(at.toISOString())}::timestamptz`;
  return `now() - ${bind(at.agoMs)}::float8 * interval '1 ms'`;
}
