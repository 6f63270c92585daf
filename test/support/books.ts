// Whether the books balance: FamilyHub, its outbox and Zitadel know each job's account exactly once.
import { expect } from "chai";
import type { Scene } from "./scene.ts";

/** These jobs are completed, and there is no account, user or event but one for each. */
export async function expectEachOnce({ db, zitadel }: Scene, ids: readonly string[]) {
  const accounts = (await zitadel.control.listUsers()).map(({ userId }) => userId);
  const books = await db.one<object>(
    `select array(select id::text from auth.queued_managed_account_creations
                  where status = 'completed' and encrypted_password = '' order by 1) as jobs,
            array(select external_user_id::text from auth.users order by 1) as users,
            array(select payload ->> 'jobId' from auth.outbox_events
                  where event_type like '%.ManagedAccountCreatedEvent' order by 1) as created,
            (select count(*)::int from auth.outbox_events) as events`,
  );
  const all = [...ids].sort();
  expect({ ...books, accounts: accounts.sort() }).to.deep.equal({
    ...{ jobs: all, users: all, created: all, accounts: all, events: all.length },
  });
}
