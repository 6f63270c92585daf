// Which address of Zitadel last answered a run, and by which key that run had logged in.
//
// So that a key that is gone is told from one that never worked, and a failing Zitadel from a wrong
// address. Old and new binaries can run side by side; an old one writes none of it.
import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    `alter table family_hub_jobs.breaker
       add column answered_at timestamptz,
       add column answered_url varchar(2000),
       add column answered_key varchar(200)`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    `alter table family_hub_jobs.breaker
       drop column answered_at,
       drop column answered_url,
       drop column answered_key`,
  );
}
