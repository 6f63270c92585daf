// The events in FamilyHub's outbox: writing the row notifies the creator.
import { isoTime } from "./queue.sql.ts";

const NAMESPACE = "FamilyHub.Modules.Auth.Domain.Events";

/** Append one or more of the selects below. */
export const INSERT_EVENTS = `
  insert into auth.outbox_events
    (event_id, event_type, event_version, aggregate_type, aggregate_id, payload, status,
     retry_count, created_at, updated_at)`;

/** @param from SQL of rows with the job's columns, user_id and "zitadelUserId" */
export function createdEvents(from: string): string {
  return `
    select gen_random_uuid(), '${NAMESPACE}.ManagedAccountCreatedEvent', 1, 'User', user_id,
           pg_catalog.jsonb_build_object(
             'eventVersion', 1, 'jobId', id, 'familyId', family_id, 'userId', user_id,
             'username', username, 'fullName', full_name, 'role', role,
             'zitadelUserId', "zitadelUserId", 'createdByUserId', created_by_user_id,
             'createdAt', ${isoTime("now()")}),
           0, 0, now(), now()
    ${from}`;
}

/**
 * @param from SQL of rows with the job's columns
 * @param why SQL over them; `attempts` counts those since the job was added or requeued
 */
export function failedEvents(
  from: string,
  why: { readonly code: string; readonly message: string; readonly attempts: string },
): string {
  return `
    select gen_random_uuid(), '${NAMESPACE}.ManagedAccountCreationFailedEvent', 1,
           'QueuedManagedAccountCreation', id,
           pg_catalog.jsonb_build_object(
             'eventVersion', 1, 'jobId', id, 'familyId', family_id, 'username', username,
             'createdByUserId', created_by_user_id, 'errorCode', ${why.code},
             'errorMessage', ${why.message}, 'attempts', ${why.attempts}, 'failedAt', ${isoTime("now()")}),
           0, 0, now(), now()
    ${from}`;
}
