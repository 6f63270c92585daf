// The Date header of the server's clock, where that clock differs from the real one.
import type { EmulatorState } from "./emulator-state.ts";

const NONE: { readonly date?: string } = {};

/** Empty without an offset: node then sends the same header by itself, and cheaper. */
export function dateHeader(state: EmulatorState): { readonly date?: string } {
  if (state.settings.clockOffsetMs === 0) return NONE;
  return { date: new Date(state.now()).toUTCString() };
}
