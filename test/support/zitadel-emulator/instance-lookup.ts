// The first step of every request: which instance the host belongs to, which needs the database.
import { errors, GrpcCode, type ApiError } from "./api-error.ts";
import type { EmulatorState } from "./emulator-state.ts";
import { plainAnswer, type HttpAnswer } from "./http-answer.ts";

/**
 * Untranslated, with the id in the text and in no detail. `v4` answers an unknown host and a
 * database that is gone alike, 5 and HTTP 404, but for that id.
 */
export function instanceFailure(state: EmulatorState, host: string): ApiError | null {
  const { database, profile } = state.settings;
  if (database === "gone") return errors.instanceUnreadable(host, profile);
  return state.isInstanceHost(host) ? null : errors.unknownInstance(host);
}

export function asHttpAnswer({ code, text }: ApiError): HttpAnswer {
  return plainAnswer(code === GrpcCode.notFound ? 404 : 500, `${text}\n`);
}
