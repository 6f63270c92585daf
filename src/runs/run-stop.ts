// Which errors end a run early, and with which outcome; all others are thrown again.
import type { RunStop } from "../domain/outcome.ts";
import {
  DatabaseUnavailable,
  IdentityRateLimited,
  IdentityRefused,
  IdentityUnavailable,
} from "../errors.ts";
import { Interrupted } from "../terminal/interruption.ts";

/** @returns null for an unexpected error */
export function stopFor(error: unknown): RunStop | null {
  if (error instanceof Interrupted) return { outcome: "interrupted", reason: error.message };
  if (error instanceof IdentityRefused) return { outcome: "refused", reason: error.message };
  if (error instanceof IdentityRateLimited) return { outcome: "stopped", reason: error.message };
  if (error instanceof IdentityUnavailable || error instanceof DatabaseUnavailable) {
    return { outcome: "unavailable", reason: error.message };
  }
  return null;
}
