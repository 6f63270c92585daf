// The Date header of the server's clock.
import type { EmulatorState } from "./emulator-state.ts";

/** Node's own stays the same for a second, in which a clock that is moved passes many minutes. */
export function dateHeader(state: EmulatorState): { readonly date: string } {
  return { date: new Date(state.now()).toUTCString() };
}
