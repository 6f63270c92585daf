// Which deeds of an operator were one command, so that it can be named as a whole and taken back.
//
// Null for deeds from before, and for those that are done alone. Old and new binaries can run side
// by side; what an old one does cannot be taken back.
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw("alter table family_hub_jobs.operator_actions add column batch_id uuid");
  await knex.raw(
    `create index operator_actions_batch_id on family_hub_jobs.operator_actions (batch_id, action_id)
     where batch_id is not null`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw("drop index family_hub_jobs.operator_actions_batch_id");
  await knex.raw("alter table family_hub_jobs.operator_actions drop column batch_id");
}
