// The flags for the audit log: who acts, and why.
import { randomUUID } from "node:crypto";
import { UsageError } from "../errors.ts";
import { defaultActor } from "./default-actor.ts";
import type { OperatorAction } from "../domain/operator-action.ts";

export interface ActionFlags {
  readonly reason?: string;
  readonly actor?: string;
}

const LONGEST_ACTOR = 255;

/** @throws UsageError for an actor that does not fit the audit log */
export function readAction(flags: ActionFlags): OperatorAction {
  const actor = (flags.actor ?? defaultActor()).trim();
  if (actor === "" || actor.length > LONGEST_ACTOR) {
    throw new UsageError(
      `--actor has ${actor.length} characters: it must have 1 to ${LONGEST_ACTOR}.`,
    );
  }
  return { id: randomUUID(), actor, reason: flags.reason ?? null };
}
