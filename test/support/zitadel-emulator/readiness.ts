// GET /debug/ready: whether the server reaches its database, asked by any host name.
import { jsonAnswer, type HttpAnswer } from "./http-answer.ts";
import type { EmulatorSettings } from "./settings.ts";

export function readiness({ readyStatus, database }: EmulatorSettings): HttpAnswer {
  const status = readyStatus ?? (database === "gone" ? 412 : 200);
  return jsonAnswer(status, status === 200 ? "ok" : { message: "not ready" });
}
