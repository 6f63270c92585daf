// Points in time as people name them, by the database's clock.
import { type Moment } from "../domain/moment.ts";

/** SQL for a moment. */
export function moment(at: Moment, bind: (value: unknown) => string): string {
  if (at instanceof Date) return `${bind(at.toISOString())}::timestamptz`;
  return `now() - ${bind(at.agoMs)}::float8 * interval '1 ms'`;
}
