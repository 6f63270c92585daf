// A nullable column for the trace of an attempt, as W3C trace context.
//
// Old and new versions can run side by side.
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw("alter table family_hub_jobs.attempts add column traceparent varchar(55)");
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("alter table family_hub_jobs.attempts drop column traceparent");
}
