// What must hold for every child: one account, one user, one event, the right password, no trace of it.
import { same, type Check } from "./check.ts";
import { readColumn, readEvents } from "./look-inside.ts";
import type { Stage } from "./stage.ts";
import type { Evidence } from "./story.ts";

const QUEUE = "auth.queued_managed_account_creations";

export function accountChecks({ queue }: Evidence, { db, zitadel, shell }: Stage): Check[] {
  const ids = queue.all.map(({ id }) => id).sort();
  return [
    {
      title: `${ids.length} jobs completed, each with one user row, one created-event, one account in Zitadel`,
      holds: async () => {
        const events = await readEvents(db, "ManagedAccountCreatedEvent");
        const accounts = await zitadel.listUsers();
        same(
          (await readColumn(db, `select id from ${QUEUE} where status = 'completed'`)).sort(),
          ids,
        );
        same(
          (
            await readColumn(
              db,
              "select external_user_id from auth.users where username is not null",
            )
          ).sort(),
          ids,
        );
        same(events.map(({ jobId }) => jobId).sort(), ids);
        same(accounts.map(({ userId }) => userId).sort(), ids);
      },
    },
    {
      title: "user rows and accounts have the usernames of their jobs",
      holds: async () => {
        const wrong = await readColumn(
          db,
          `select q.username from ${QUEUE} q
           left join auth.users u on u.external_user_id = q.id::text and u.username = q.username
             and u.family_id = q.family_id and u.full_name = q.full_name
           where u.id is null`,
        );
        same(wrong, []);
        for (const { id, username } of queue.all) {
          same((await zitadel.findUser({ userId: id }))?.username, username);
        }
      },
    },
    {
      title: "each password in Zitadel is exactly the one that was queued",
      holds: async () => {
        for (const { id, username, password } of queue.all) {
          const found = (await zitadel.findUser({ userId: id }))?.password;
          if (found !== password) throw new Error(`that of ${username} is not`);
        }
      },
    },
    {
      title: "no completed job still has its ciphertext",
      holds: async () =>
        same(
          await readColumn(db, `select username from ${QUEUE} where encrypted_password <> ''`),
          [],
        ),
    },
    {
      title: "no password is in a row, in an event, or in the output of the runs",
      holds: async () => {
        const rows = await readColumn(
          db,
          `select t::text from ${QUEUE} t union all select t::text from auth.outbox_events t
           union all select t::text from auth.users t
           union all select t::text from family_hub_jobs.attempts t
           union all select t::text from family_hub_jobs.operator_actions t`,
        );
        const printed = shell.history
          .filter(({ args }) => args[1] !== "add")
          .map(({ stdout, stderr }) => stdout + stderr);
        const text = [...rows, ...printed].join("\n");
        same(
          queue.all.filter(({ password }) => text.includes(password)),
          [],
        );
      },
    },
  ];
}
